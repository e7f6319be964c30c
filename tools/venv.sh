#!/usr/bin/env bash
# Make the virtual environment, or bring it up to date: tools/venv.sh VENV LOCK
# 建立或更新虚拟环境。只装锁定文件里带哈希的版本，再装本项目自身。
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 lock=$2

say() { printf '%s\n' "$*" >&2; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 python}; do
    if command -v "$name" >/dev/null && new_enough "$name"; then command -v "$name"; return; fi
  done
  if [ -n "${PYTHON:-}" ]; then
    say "PYTHON=$PYTHON 不能用：需要 Python 3.11 或更新的版本。"
  elif command -v python3 >/dev/null; then
    say "需要 Python 3.11 或更新的版本，这里只有 $(python3 --version 2>&1)。"
    say "请安装新版本（Debian 12、Ubuntu 24.04 自带；macOS：brew install python），或指明：make … PYTHON=/路径/python3.12"
  else
    say "没有找到 python3。Debian/Ubuntu：sudo apt install python3 python3-venv；macOS：brew install python"
  fi
  return 1
}

make_venv() {
  local python log
  python=$(find_python) || return 1
  log=$(mktemp)
  say "建立虚拟环境 $venv（$("$python" --version)）…"
  if ! "$python" -m venv "$venv" >"$log" 2>&1; then
    rm -rf "$venv"
    say "无法建立虚拟环境。Debian/Ubuntu 把它放在单独的软件包里，请执行：sudo apt install python3-venv"
    say "原来的报错："
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# An environment whose interpreter is gone (an upgrade of the system) is made anew.
if [ -e "$venv" ] && ! new_enough "$venv/bin/python"; then
  say "$venv 里的 Python 已不可用，重新建立。"
  rm -rf "$venv"
fi
[ -x "$venv/bin/python" ] || make_venv

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }
say "安装 $lock 中的依赖（首次需要几分钟）…"
pip install --quiet --require-hashes --requirement "$lock" || {
  say "安装依赖失败。请看上面的报错；不能直接上网时，请先按本单位的规定配置 pip 的软件源或代理。"
  exit 1
}
pip install --quiet --no-deps --no-build-isolation --editable .
