#!/bin/sh
# test_search.sh BUILD: bert similar and bert search: records, and what becomes of the vectors that are
# kept: used again, completed, made again, never trusted when damaged, never lost.
set -u
build=$1
bert=$build/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/model
"$build/make_model" "$model" || exit 1
failed=0
fail() {
    echo "FAIL $*"
    failed=1
}

# check NAME STATUS PATTERN_OF_STDERR COMMAND…: stdout goes to $work/out.
check() {
    name=$1 status=$2 pattern=$3
    shift 3
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ $got = "$status" ] || fail "$name: exit $got, not $status: $(cat "$work/err")"
    [ -z "$pattern" ] || grep -q -- "$pattern" "$work/err" || fail "$name: stderr lacks '$pattern': $(cat "$work/err")"
    [ "$status" = 0 ] || [ "$(grep -c '^bert: ' "$work/err")" -ge 1 ] || fail "$name: no 'bert: …' line"
}

# ------------------------------------------------------------------------------------- similar
check pair 0 "" $bert similar -q -m "$model" "the bank ||| the bank" "a ||| b ||| the river"
sed -n 1p "$work/out" | grep -Eq '^\{"index":0,"similarity":(1\.0|0\.99999[0-9]*|1\.00000[0-9]*),"text":"the bank","text_pair":"the bank"\}$' || fail "pair: $(cat "$work/out")"
sed -n 2p "$work/out" | grep -q '"text":"a ||| b","text_pair":"the river"}$' || fail "last |||: $(cat "$work/out")"
check dot 0 "" $bert similar -q -m "$model" --metric euclidean --format text "the bank ||| the bank"
grep -q '^[ -]0.0000  the bank ||| the bank$' "$work/out" || fail "euclidean: $(cat "$work/out")"
printf 'the sea\tthe river\nthe bank\ta loan\n' >"$work/pairs.tsv"
check pairs-file 0 "" $bert similar -q -m "$model" --format csv --columns 1,2 -i "$work/pairs.tsv"
cp "$work/out" "$work/pairs.csv"
check pairs-arguments 0 "" $bert similar -q -m "$model" --format csv "the sea ||| the river" "the bank ||| a loan"
cmp -s "$work/out" "$work/pairs.csv" || fail "pairs: a file and arguments differ"
check one-text 1 "one text only" $bert similar -q -m "$model" "the sea"
check matrix 0 "" $bert similar -q -m "$model" --matrix --format csv "the sea" "the river" "a loan"
awk -F, '{ if (NF != 3) exit 1; for (i = 1; i <= 3; i++) m[NR, i] = $i } END { for (i = 1; i <= 3; i++) for (j = 1; j <= 3; j++) if (m[i, j] != m[j, i]) exit 1; exit NR != 3 }' "$work/out" || fail "matrix is not symmetric: $(cat "$work/out")"
check matrix-npy 0 "" $bert similar -q -m "$model" --matrix --format npy -o "$work/m.npy" "the sea" "the river" "a loan"
grep -q "'shape': (3, 3)" "$work/m.npy" && [ "$(wc -c <"$work/m.npy")" -eq $((128 + 36)) ] || fail "matrix npy"
# the metric that the model was trained for
mkdir "$work/trained" && cp "$model"/* "$work/trained"
echo '[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]' >"$work/trained/modules.json"
echo '{"similarity_fn_name": "manhattan"}' >"$work/trained/config_sentence_transformers.json"
check own-metric 0 "" $bert similar -q -m "$work/trained" "the sea ||| the river"
cp "$work/out" "$work/own"
check manhattan 0 "" $bert similar -q -m "$model" --metric manhattan "the sea ||| the river"
grep -q '"similarity":-[1-9]' "$work/out" && cmp -s "$work/out" "$work/own" || fail "own metric: $(cat "$work/out" "$work/own")"
check cosine 0 "" $bert similar -q -m "$work/trained" --metric cosine "the sea ||| the river"
! cmp -s "$work/out" "$work/own" || fail "--metric does not replace the model's own"
# --dims compares the first numbers only, as awk does with the vectors' first numbers
check dims 0 "" $bert similar -q -m "$model" --metric dot --dims 5 --format csv "the sea ||| the river"
$bert embed -q -m "$model" --dims 5 --format csv "the sea" "the river" >"$work/five"
awk -F, 'NR == 1 { split($0, a, ","); next } { for (i = 1; i <= NF; i++) s += a[i] * $i; print s }' "$work/five" |
    cat - "$work/out" | awk '{ v[NR] = $1 } END { d = v[1] - v[2]; exit NR != 2 || d * d > 1e-6 }' || fail "--dims: $(cat "$work/out")"
check dims-many 1 "have no first 65" $bert similar -q -m "$model" --dims 65 "the sea ||| the river"
check bad-metric 2 "must be one of cosine, dot, euclidean, manhattan" $bert similar --metric l2 x
check npy-stdout 2 "needs -o" $bert similar -m "$model" --format npy "a ||| b"

# -------------------------------------------------------------------------------------- search
i=0; while [ $i -lt 1500 ]; do echo "the bank of line $i and the sea $((i * 7919 % 1000))"; i=$((i + 1)); done >"$work/notes.txt"
notes=$work/notes.txt
search() { $bert search -m "$model" --in "$notes" --metric dot --top 4 "$@"; }
# what pairs say, best first, is what search says
awk '{ print "a loan of the sea 5\t" $0 }' "$notes" >"$work/all.tsv"
$bert similar -q -m "$model" --metric dot --format csv --columns 1,2 -i "$work/all.tsv" | awk '{ print $0, NR }' |
    LC_ALL=C sort -k1,1gr -k2,2n | head -n 4 >"$work/want"
check search 0 "" search -q "a loan of the sea 5"
sed 's/{"line"/\n&/g' "$work/out" | sed -n 's/^{"line":\([0-9]*\),"score":\([^,]*\),.*/\2 \1/p' >"$work/got"
cmp -s "$work/want" "$work/got" || fail "search is not what pairs say: $(cat "$work/want" "$work/got")"
grep -q '"text":"the bank of line' "$work/out" || fail "search text"
check search-lines 0 "" search -q --format text --metric cosine "the bank of line 77 and the sea 763"
[ "$(sed -n 's/^ *[0-9.]*  \([0-9]*\): .*/\1/p' "$work/out" | head -n 1)" = 78 ] || fail "search: line number: $(cat "$work/out")"
printf 'the sea\na loan\n' | check search-queries 0 "" search -q
[ "$(wc -l <"$work/out")" -eq 2 ] || fail "search: a record a query"

kept=$notes.bertvec
[ -f "$kept" ] || fail "no vectors beside the file"
cp "$kept" "$work/first"
before=$(ls -i "$kept")
check search-again 0 "" search -v "a loan"
[ "$(ls -i "$kept")" = "$before" ] || fail "vectors that are right were written again"
! grep -q 'made again' "$work/err" || fail "vectors that are right were made again"
cp "$work/out" "$work/hits"
$bert search -q -m "$model" --in "$notes" --metric dot --top 4 --threads 1 --batch-tokens 600 --vectors "$work/other" "a loan" >"$work/out"
cmp -s "$work/out" "$work/hits" && cmp -s "$work/other" "$kept" || fail "threads and batches change bits"

# lines that were appended are embedded, the others are not; the result is as if made at once
echo "a new line of the river" >>"$notes"
check search-appended 0 "" search -v "a new line of the river"
! grep -q 'made again' "$work/err" || fail "appending made all again"
grep -q '"hits":\[{"line":1501,' "$work/out" || fail "the new line is not found: $(cat "$work/out")"
cp "$kept" "$work/completed"
rm "$kept"; search -q x >"$work/out"
cmp -s "$work/completed" "$kept" || fail "completed vectors are not those made at once"

# whatever else happened, all is made again
again() { # NAME PATTERN
    check "$1" 0 "$2.*made again" search -v "a loan"
    cmp -s "$kept" "$work/completed" || fail "$1: not made as before"
}
for at in 3 20 100 200 200000 "$(($(wc -c <"$kept") - 1))"; do
    printf '\125' | dd of="$kept" bs=1 seek="$at" conv=notrunc 2>/dev/null
    again "damaged at $at" ""
done
for size in 0 7 127 128 4000; do
    head -c "$size" "$work/completed" >"$kept"
    again "cut to $size" ""
done
echo "something else" >"$kept"
again foreign "not a file of vectors"
"$build/make_model" "$work/model2" 1 64 2 128 600
$bert search -q -m "$work/model2" --in "$notes" --metric dot x >/dev/null
again "other model" "of another model or other options"
search -q --pool cls x >/dev/null
again "other options" "of another model or other options"
check other-dims 0 "made again" search -v --dims 5 "a loan"
check same-dims 0 "" search -v --dims 5 "a loan"
! grep -q 'made again' "$work/err" || fail "vectors of 5 numbers were made again"
check all-dims 0 "made again" search -v "a loan"
sed -i.bak 's/line 700 /line seven hundred /' "$notes"
check changed 0 "of another text.*made again" search -v "a loan"
! cmp -s "$kept" "$work/completed" || fail "changed: vectors are the old ones"
mv "$notes.bak" "$notes"
again "changed back" "of another text"

# a failure leaves what was there
echo "one more" >>"$notes"
check full 1 "File too large" sh -c 'trap "" XFSZ; ulimit -f 20; "$@"' sh $bert search -q -m "$model" --in "$notes" --metric dot x
cmp -s "$kept" "$work/completed" || fail "a full disk lost the old vectors"
rm -f "$work"/notes.txt.bertvec.*.tmp
i=0; while [ $i -lt 8 ]; do cat "$work/all.tsv"; i=$((i + 1)); done >>"$notes"
$bert search -q -m "$model" --in "$notes" --metric dot --threads 1 x >/dev/null 2>&1 &
pid=$!
n=0; while [ ! -s "$kept.$pid.tmp" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
cmp -s "$kept" "$work/completed" || fail "kill -9 lost the old vectors"
rm -f "$kept".*.tmp
# what was kept before an interruption is taken up
rm "$kept"
$bert search -q -m "$model" --in "$notes" --metric dot --threads 1 --save-every 0.01 x >/dev/null 2>&1 &
pid=$!
n=0; while [ ! -s "$kept" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
rm -f "$kept".*.tmp
check taken-up 0 "" search -v x
! grep -q 'made again' "$work/err" || fail "what was kept before kill -9 is not taken up"
$bert search -q -m "$model" --in "$notes" --metric dot --vectors "$work/other" x >/dev/null
cmp -s "$kept" "$work/other" || fail "taken up: not as if made at once"
$bert search -q -m "$model" --in "$notes" --metric dot --vectors "$work/saved" --save-every 0.1 x >/dev/null
cmp -s "$work/saved" "$work/other" || fail "saving on the way changes the result"
echo precious >"$work/precious"
check precious 1 "something else than vectors" search -q --vectors "$work/precious" x
[ "$(cat "$work/precious")" = precious ] || fail "--vectors wrote over somebody's file"

# odd texts
printf '\357\273\277first\r\n\nlast' >"$work/odd.txt"
check odd 0 "" $bert search -q -m "$model" --in "$work/odd.txt" --top 9 "last"
for text in '"text":"first"' '"line":2,"score":[-0-9.e]*,"text":""' '"line":3,"score":[-0-9.e]*,"text":"last"'; do
    grep -q "$text" "$work/out" || fail "odd lines: no $text in $(cat "$work/out")"
done
printf 'more' >>"$work/odd.txt" # the last line grows: it is no appended line
check odd-grows 0 "of another text" $bert search -v -m "$model" --in "$work/odd.txt" "last"
: >"$work/empty.txt"
check empty 0 "" $bert search -q -m "$model" --in "$work/empty.txt" "x"
[ "$(cat "$work/out")" = '{"index":0,"query":"x","hits":[]}' ] || fail "empty file: $(cat "$work/out")"
check empty-again 0 "" $bert search -q -m "$model" --in "$work/empty.txt" "x"
check no-in 2 "--in FILE" $bert search -m "$model" x
check no-file 1 "no/such" $bert search -m "$model" --in no/such x
check folder 1 "not a regular file" $bert search -m "$model" --in "$work" x
if [ "$(id -u)" != 0 ]; then
    mkdir "$work/locked" && echo "the sea" >"$work/locked/notes.txt" && chmod 555 "$work/locked"
    check cache 0 "" env XDG_CACHE_HOME="$work/cache" $bert search -q -m "$model" --in "$work/locked/notes.txt" x
    [ "$(ls "$work"/cache/bert/vectors/*.bertvec | wc -l)" -eq 1 ] || fail "no vectors in the cache"
    chmod 755 "$work/locked"
fi
[ "$(ls "$work" | grep -c '\.tmp$')" = 0 ] || fail "a temporary file was left: $(ls "$work")"

[ $failed = 0 ] && echo "all good"
exit $failed
