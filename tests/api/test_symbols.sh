#!/bin/sh
# test_symbols.sh BUILD: the shared library exports exactly what bert.h declares, and the static one
# leaks no global that could clash.
set -eu
build=$1
declared=$(mktemp) exported=$(mktemp)
trap 'rm -f "$declared" "$exported"' EXIT
sed -n 's/^BERT_API.*[ *]\(bert_[a-z0-9_]*\)(.*/\1/p' include/bert.h | sort -u >"$declared"
nm -D --defined-only "$build"/libbert.so | awk '{print $3}' | grep -v '^_' | sort -u >"$exported"
[ -s "$declared" ] || { echo "no declarations found"; exit 1; }
diff "$declared" "$exported"
