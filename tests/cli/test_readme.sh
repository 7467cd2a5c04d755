#!/bin/sh
# test_readme.sh BUILD [PAGE...]: runs every `$ …` line of the pages' console blocks. Where BERT_TEST_MODEL
# names the folder of all-MiniLM-L6-v2, what they print must be what the page shows, numbers within 0.0002;
# elsewhere they run with a small random model, and must succeed and print as many lines. Commands in tables
# must succeed, with files of the names that they have. Lines of C that a page shows must stand in an example.
set -u
build=$1
shift
[ $# -gt 0 ] || set -- README.md docs/EMBEDDINGS.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$(cd "$build" && pwd):$PATH
export PATH
MODEL=${BERT_TEST_MODEL:-}
real=$MODEL
[ -n "$MODEL" ] || { MODEL=$work/model && make_model "$MODEL" 4 64 4 128; } || exit 1
BERT_MODEL=$MODEL
export MODEL BERT_MODEL
mkdir "$work/examples" && cp examples/*.txt "$work/examples" || exit 1

printf 'the sea at night\nshe put money in the bank\n' | tee "$work/texts.txt" >"$work/corpus.txt"
printf 'text\ttext_pair\nthe sea\tthe river\nthe bank\ta loan\n' >"$work/pairs.tsv"

# One file a command: its line, the page, and what must follow (in tables: anything).
awk -v dir="$work" '
    /^```console/ { inside = 1; next }
    /^```/ { inside = 0; next }
    inside && /^\$ / {
        n = sprintf("%03d", n + 1) # so that the shell sorts them
        print substr($0, 3) > (dir "/" n ".command")
        print FILENAME > (dir "/" n ".page")
        printf "" > (dir "/" n ".want")
        next
    }
    inside { print > (dir "/" n ".want") }
    !inside && /^\| .*\| `bert [^`]*` \|$/ {
        n = sprintf("%03d", n + 1)
        sub(/.*\| `/, ""); sub(/` \|$/, "")
        print > (dir "/" n ".command")
        print FILENAME > (dir "/" n ".page")
    }
' "$@"

failed=0 run=0
awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside && NF' "$@" >"$work/c_lines"
cat examples/*.c >"$work/examples.c"
missing=$(grep -vxF -f "$work/examples.c" "$work/c_lines") && {
    printf 'FAIL: no example has these lines of C\n%s\n' "$missing"
    failed=1
}

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

cd "$work" || exit 1
for command in "$work"/*.command; do
    want=${command%.command}.want
    page=$(cat "${command%.command}.page")
    line=$(cat "$command")
    # without libcurl there is no bert-pull
    case $line in "bert pull"*) command -v bert-pull >/dev/null || continue ;; esac
    sh -c "$line" >"$work/got" 2>"$work/err"
    status=$?
    run=$((run + 1))
    if [ ! -f "$want" ]; then
        [ $status = 0 ] && continue
        : >"$want"
    elif [ -n "$real" ]; then
        same "$work/got" "$want" && continue
    else
        [ $status = 0 ] && [ "$(wc -l <"$work/got")" -eq "$(wc -l <"$want")" ] && continue
    fi
    printf 'FAIL %s\n--- printed\n%s\n%s\n--- %s\n%s\n' "$line" "$(cat "$work/got")" "$(cat "$work/err")" "$page" "$(cat "$want")"
    failed=1
done
[ -n "$real" ] && how="with the output that the pages show" || how="with a random model"
echo "$run examples run $how"
[ $run -ge 5 ] || failed=1
exit $failed
