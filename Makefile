# A convenience: every verb is also `PYTHONPATH=workflow/lib python3 -m genequity <verb>`.
PYTHON ?= python3
STUDY ?=
PACK ?=
APPROVAL ?=
GENEQUITY := PYTHONPATH=workflow/lib PYTHONDONTWRITEBYTECODE= $(PYTHON) -m genequity
study := $(if $(STUDY),--study "$(STUDY)")

.DEFAULT_GOAL := help
.PHONY: help report inside outside verify expected check real test test-slow edit lint docs bench environment clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

report: ## build the report of the demonstration, or of STUDY=my-study.yaml
	@$(GENEQUITY) report $(study)

inside: ## write the release pack of STUDY alone, offline, without what only the report needs
	@$(GENEQUITY) inside $(study)

outside: ## check a release pack and its approval, and build the report from it alone: PACK=pack.zip
	@$(GENEQUITY) outside $(if $(PACK),--pack $(PACK)) $(if $(APPROVAL),--approval $(APPROVAL))

verify: ## build a study again and compare it with what was published: STUDY=, EXPECTED=folder or pack, PACK=
	@$(GENEQUITY) verify $(study) $(if $(EXPECTED),--expected $(EXPECTED)) $(if $(PACK),--pack $(PACK)) $(if $(APPROVAL),--approval $(APPROVAL))

expected: ## write what others need to verify a study that was built
	@$(GENEQUITY) expected $(study)

check: ## read all inputs of a study and list every problem, computing nothing
	@$(GENEQUITY) check $(study)

real: ## build the format trial on public data (folder: GENEQUITY_REAL)
	@$(GENEQUITY) real

test: ## run the fast tests
	@$(GENEQUITY) test

test-slow: ## run whole builds, browser, Office and PDF checks
	@$(GENEQUITY) test-slow

edit: ## open the report's notebooks in JupyterLab
	@$(GENEQUITY) edit

lint: ## check the style of code, rules and notebooks
	@$(GENEQUITY) lint

docs: ## write the generated pages: config reference, conda file
	@$(GENEQUITY) docs

bench: ## measure builds: cold, nothing to do, one notebook edited
	@$(GENEQUITY) bench

environment: ## set up the environment in .venv and stop
	@$(GENEQUITY) environment

clean: ## remove what builds wrote
	@$(GENEQUITY) clean
