#!/bin/sh
# test_readme.sh BUILD: runs every `$ …` line of README.md's console blocks and compares what it prints,
# numbers within 0.0002. A block whose commands name $MODEL needs real weights, those of all-MiniLM-L6-v2:
# it runs when BERT_TEST_MODEL names that folder, and is reported as skipped otherwise.
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$(cd "$build" && pwd):$PATH
export PATH
MODEL=${BERT_TEST_MODEL:-}
export MODEL

# One file a command: its line, and what must follow.
awk -v dir="$work" '
    /^```console/ { inside = 1; next }
    /^```/ { inside = 0; next }
    inside && /^\$ / { n++; print substr($0, 3) > (dir "/" n ".command"); printf "" > (dir "/" n ".want"); next }
    inside { print > (dir "/" n ".want") }
' README.md

# Same lines, word for word; words that are numbers may differ a little.
same() {
    awk '
        function number(s) { return s ~ /^[[(]?-?[0-9]+\.[0-9]+[]),]?$/ }
        function value(s) { gsub(/[^-0-9.]/, "", s); return s + 0 }
        NR == FNR { want[FNR] = $0; lines = FNR; next }
        {
            n = split(want[FNR], a, " "); m = split($0, b, " "); seen = FNR
            if (FNR > lines || n != m) exit bad = 1
            for (i = 1; i <= n; i++) {
                if (a[i] == b[i]) continue
                if (!number(a[i]) || !number(b[i])) exit bad = 1
                d = value(a[i]) - value(b[i])
                if (d > 0.0002 || d < -0.0002) exit bad = 1
            }
        }
        END { exit bad || seen != lines }' "$2" "$1"
}

failed=0 run=0 skipped=0
for command in "$work"/*.command; do
    want=${command%.command}.want
    line=$(cat "$command")
    case $line in *\$MODEL*) [ -n "$MODEL" ] || { skipped=$((skipped + 1)); continue; } ;; esac
    case $line in ./demo* | ./test* | git* | cd*) continue ;; esac
    sh -c "$line" >"$work/got" 2>"$work/err"
    run=$((run + 1))
    same "$work/got" "$want" && continue
    printf 'FAIL %s\n--- printed\n%s\n%s\n--- README\n%s\n' "$line" "$(cat "$work/got")" "$(cat "$work/err")" "$(cat "$want")"
    failed=1
done
echo "$run examples run, $skipped skipped (they need BERT_TEST_MODEL)"
[ $failed = 0 ] || exit 1
[ $run -gt 0 ] || exit 77
