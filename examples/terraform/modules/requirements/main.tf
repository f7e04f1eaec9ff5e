terraform {
  required_version = ">= 1.4"
}

locals {
  request = "sh \"${path.module}/request.sh\""
  # urlencode makes "+" of a space, which a path does not know.
  paths = {
    for level in keys(var.levels) : level =>
    replace(join("/", [for name in split("/", level) : urlencode(name)]), "+", "%20")
  }
}

# That Terraform keeps this level. It is apart from what the level requires: a change of that would
# else take the requirements away before it sets them anew.
resource "terraform_data" "level" {
  for_each = var.levels

  triggers_replace = { client = var.client, path = local.paths[each.key] }

  # What the end of it needs. A new address or token file alone changes nothing at the service.
  input = { url = var.url, token_file = var.token_file }

  # Then what the levels above require holds again. What was there before Terraform is not brought back.
  provisioner "local-exec" {
    when    = destroy
    command = "sh \"${path.module}/request.sh\""
    environment = {
      METHOD     = "DELETE"
      URL        = "${self.output.url}/api/v1/requirements/${self.triggers_replace.path}?client=${self.triggers_replace.client}&reindex=true"
      TOKEN_FILE = self.output.token_file
      BODY       = ""
    }
  }
}

# What it requires.
resource "terraform_data" "requirements" {
  for_each = var.levels

  triggers_replace = {
    url          = var.url
    level        = terraform_data.level[each.key].id
    requirements = each.value
  }

  provisioner "local-exec" {
    command = local.request
    environment = {
      METHOD     = "PUT"
      URL        = "${var.url}/api/v1/requirements/${local.paths[each.key]}?client=${var.client}"
      TOKEN_FILE = var.token_file
      BODY       = jsonencode(each.value)
    }
  }
}

# One index run for all that changed, when it is set. It looks at the products below these levels only.
resource "terraform_data" "reindex" {
  count = length(var.levels) > 0 ? 1 : 0

  triggers_replace = { for level, set in terraform_data.requirements : level => set.id }

  provisioner "local-exec" {
    command = local.request
    environment = {
      METHOD     = "POST"
      URL        = "${var.url}/api/v1/reindex"
      TOKEN_FILE = var.token_file
      BODY       = jsonencode({ products = [for level in keys(var.levels) : replace(level, "/", ":")] })
    }
  }
}
