# SPDX-License-Identifier: Apache-2.0
# What the other parts need on the machine. The stamps carry the hash of the list they were made from: a changed list
# is installed, an unchanged one costs nothing and needs no network.

content = $(shell sha256sum $(1) | cut -c1-16)

VENV := build/venv
PYTHON := $(VENV)/bin/python
PACKAGES_STAMP := build/setup/packages-$(call content,setup/debian-packages.txt)
VENV_STAMP := build/setup/venv-$(call content,requirements.txt)

# tools that make committed files from one source
GENERATORS := $(sort $(wildcard tools/gen_*.py))

$(PACKAGES_STAMP):
	@mkdir -p $(@D)
	@$(if $(SKIP_PACKAGES),true,setup/install-packages)
	@touch $@

$(VENV_STAMP): | $(PACKAGES_STAMP)
	@setup/make-venv $(VENV) requirements.txt
	@touch $@
