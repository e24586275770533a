# A convenience: every verb is also `PYTHONPATH=workflow/lib python3 -m genequity <verb>`.
PYTHON ?= python3
STUDY ?=
STRANDS ?=
PACK ?=
APPROVAL ?=
GENEQUITY := PYTHONPATH=workflow/lib PYTHONDONTWRITEBYTECODE= $(PYTHON) -m genequity
study := $(if $(STUDY),--study "$(STUDY)")
slurm = $(if $(PARTITION),--partition "$(PARTITION)") $(if $(ACCOUNT),--account "$(ACCOUNT)") \
	$(if $(MEMORY),--memory $(MEMORY)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(JOBS),--jobs $(JOBS)) \
	$(if $(PROFILE),--profile "$(PROFILE)") $(TARGETS)

.DEFAULT_GOAL := help
.PHONY: help new report inside outside cluster verify expected declare check losses real status explain recover test test-slow edit preview kernel returned lint docs bench bench-coding bench-service wheelhouse environment clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

new: ## make the folder of a study with templates to fill in: STUDY=my-study STRANDS=survey,interviews RESPONSES=my.sav
	@$(GENEQUITY) new $(if $(STUDY),"$(STUDY)") $(if $(STRANDS),--strands "$(STRANDS)") $(if $(RESPONSES),--responses "$(RESPONSES)")

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

cluster: ## build the report on a Slurm cluster: STUDY, PARTITION, ACCOUNT, MEMORY, MINUTES, JOBS
	@$(GENEQUITY) cluster $(study) $(slurm)

declare: ## write down the primary analyses of a study and its rule of consensus, once, before data and votes are seen: STUDY=
	@$(GENEQUITY) declare $(study)

check: ## read all inputs of a study and list every problem, computing nothing
	@$(GENEQUITY) check $(study)

losses: ## say what became of every coding of coded files, without a study: FILES="a.qdpx b.xlsx"
	@$(GENEQUITY) losses $(FILES) $(foreach file,$(TRANSCRIPTS),--transcript $(file))

real: ## build the format trial on public data (folder: GENEQUITY_REAL)
	@$(GENEQUITY) real

status: ## say what is built, what is not, and whether a run is going on
	@$(GENEQUITY) status $(study)

explain: ## say what FILE is made from, and why it would be made again: FILE=survey/shares
	@$(GENEQUITY) explain $(study) "$(FILE)"

recover: ## go on after a run that was killed, stopped or disturbed, whatever happened
	@$(GENEQUITY) recover $(study) $(if $(PACK),--pack $(PACK)) $(if $(APPROVAL),--approval $(APPROVAL))

test: ## run the fast tests
	@$(GENEQUITY) test

test-slow: ## run whole builds, browser, Office and PDF checks
	@$(GENEQUITY) test-slow

edit: ## open SECTION of the report in JupyterLab, with the release of STUDY
	@$(GENEQUITY) edit $(SECTION) $(study)

preview: ## show SECTION, or the whole report, as it reads while it is edited
	@$(GENEQUITY) preview $(SECTION) $(study)

kernel: ## write the kernel "genequity" that VS Code offers, with the release of STUDY
	@$(GENEQUITY) kernel $(study)

returned: ## list what was edited in the Word report WORD=report-edited.docx; APPLY=1 takes text over
	@$(GENEQUITY) returned $(if $(WORD),"$(WORD)") $(study) $(if $(APPLY),--apply)

lint: ## check the style of code, rules and notebooks; STRIP=1 takes outputs out of notebooks
	@$(GENEQUITY) lint $(if $(STRIP),--strip)

docs: ## write the generated pages: config reference, conda file
	@$(GENEQUITY) docs

bench: ## measure builds: cold, nothing to do, one notebook edited
	@$(GENEQUITY) bench

bench-coding: ## measure agreement of coders on 200 interviews, 300 codes and 60,000 codings
	@$(GENEQUITY) bench --what coding

bench-service: ## measure models of 57 million residents, beside their floor and peers: ROWS=1000000 for a smaller one
	@$(GENEQUITY) bench --what service $(if $(ROWS),--rows $(ROWS)) $(if $(RUNS),--runs $(RUNS))

wheelhouse: ## fetch all packages into wheelhouse/, for a machine without internet: KIND=run, inside, slurm
	@$(GENEQUITY) wheelhouse $(if $(KIND),--kind $(KIND))

environment: ## set up the environment in .venv and stop
	@$(GENEQUITY) environment

clean: ## remove what builds wrote
	@$(GENEQUITY) clean
