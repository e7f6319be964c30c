# make 不带参数时列出可用的目标。Without a target, make lists what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv || echo $(BIN)/uv)
# pytest 的附加参数，如 make test ARGS="-k 规则"
ARGS ?=
SOURCES := policy_match indexer admin

.PHONY: help demo serve test check format bench soak lock screenshot schemas docs test-lowest clean

help: ## 列出这些目标 | list these targets
	@awk -F ':.*## | \\| ' '/^[a-z][a-z-]*:.*## /{printf "  make %-12s %s（%s）\n", $$1, $$2, $$3}' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## 安装并在自带样例上走一遍 | install, then the main job on the bundled sample
	@$(BIN)/policy-match demo

serve: $(VENV)/.run ## 打开演示的管理后台 | open the admin that make demo filled
	@POLICY_MATCH_HOME="$$($(BIN)/python -c 'from policy_match.settings import load_settings; print(load_settings().home / "demo" / "admin")')" \
	  $(BIN)/policy-match serve

test: $(VENV)/.dev ## 运行测试 | run the tests; server tests run where their URL is set
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

check: $(VENV)/.dev ## 静态检查 | format, lint, types, imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## 整理格式 | put the code into the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## 性能对照 | the benchmarks, each beside its yardstick
	@$(BIN)/policy-match bench $(ARGS)

soak: $(VENV)/.dev ## 长时间测试 | the tests that take minutes; writes their counts into the docs
	@mkdir -p build && rm -f build/soak.jsonl
	@SOAK_REPORT=$(CURDIR)/build/soak.jsonl $(BIN)/python -m pytest -m slow $(ARGS)
	@test ! -f build/soak.jsonl || $(BIN)/python tools/build_reliability.py build/soak.jsonl

lock: $(UV) ## 更新锁定文件 | compile the locks again: make lock ARGS=--upgrade
	@UV=$(UV) tools/lock.sh $(ARGS)

screenshot: $(VENV)/.dev ## 生成截图 | draw the README picture and photograph every page of the admin, from real runs
	@$(BIN)/python tools/build_screenshot.py
	@$(BIN)/python tools/build_tour.py $(ARGS)

schemas: $(VENV)/.dev ## 生成 JSON Schema | write docs/reference/schemas from the models
	@$(BIN)/python tools/build_schemas.py $(ARGS)

docs: $(VENV)/.dev ## 生成参考文档 | write the generated pages of docs/reference
	@$(BIN)/python tools/build_docs.py

test-lowest: $(UV) ## 最低版本测试 | the unit tests on the lowest versions pyproject.toml allows
	@UV=$(UV) tools/test_lowest.sh $(ARGS)

clean: ## 删除虚拟环境与缓存 | remove the environment, caches and builds
	@rm -rf $(VENV) .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# 时间戳使第二次运行立即开始。The full lock holds the runtime lock, so that it serves the demo too.
$(VENV)/.run: requirements-run.lock pyproject.toml tools/venv.sh
	@if [ $(VENV)/.dev -nt requirements.lock ] && [ $(VENV)/.dev -nt pyproject.toml ]; then :; \
	else tools/venv.sh $(VENV) requirements-run.lock; fi
	@touch $@

$(VENV)/.dev: requirements.lock pyproject.toml tools/venv.sh
	@tools/venv.sh $(VENV) requirements.lock
	@touch $@

$(BIN)/uv: | $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet "uv>=0.5"
