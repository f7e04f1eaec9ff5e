# terraform init && terraform apply; a second `terraform plan` is empty. No provider is downloaded: all
# is done by Terraform's own terraform_data, and by curl (7.76 or later) where Terraform runs.
terraform {
  required_version = ">= 1.4"
}

variable "url" {
  description = "The service"
  type        = string
  default     = "http://127.0.0.1:8080"
}

variable "token_file" {
  description = "A file with a token, or NAME:TOKEN; empty for the environment's SIMPLESTREAMS_TOKEN_FILE"
  type        = string
  default     = ""
}

variable "levels" {
  description = "What each level of the tree requires"
  type        = map(map(string))
  default = {
    "debian/12"    = { secureboot = "false" }
    "ubuntu/24.04" = { secureboot = "true", nesting = "true" }
  }
}

module "requirements" {
  source     = "./modules/requirements"
  url        = var.url
  token_file = var.token_file
  levels     = var.levels
}
