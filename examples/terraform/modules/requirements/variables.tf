variable "url" {
  description = "The service, without a slash at the end"
  type        = string
}

variable "token_file" {
  description = "A file with a token, or NAME:TOKEN, in its first line. Its name is in the state, the token is not"
  type        = string
  default     = ""
}

variable "client" {
  description = "Who reads the requirements: incus or lxd. Without any for lxd it gets those of incus"
  type        = string
  default     = "incus"

  validation {
    condition     = contains(["incus", "lxd"], var.client)
    error_message = "Expected incus or lxd."
  }
}

variable "levels" {
  description = "All the requirements that each level is to have of its own, by OS[/RELEASE[/ARCH[/VARIANT]]]"
  type        = map(map(string))

  validation {
    condition     = alltrue([for level in keys(var.levels) : length(split("/", level)) <= 4])
    error_message = "A level is OS, OS/RELEASE, OS/RELEASE/ARCH or OS/RELEASE/ARCH/VARIANT."
  }
}
