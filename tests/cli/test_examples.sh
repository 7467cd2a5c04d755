#!/bin/sh
# test_examples.sh BUILD: the example programs run, and say what the program bert says.
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/model
"$build/make_model" "$model" || exit 1
failed=0
fail() {
    echo "FAIL $*"
    failed=1
}

"$build/example_word_in_context" "$model" bank "she put money in the bank" "the bank of the river" >"$work/out" ||
    fail "word_in_context"
grep -q '^1   1.000  0\.[0-9]*  she put money in the bank$' "$work/out" || fail "word_in_context: $(cat "$work/out")"

i=0; while [ $i -lt 250 ]; do echo "the bank of line $i and the sea $((i * 7919 % 1000))"; i=$((i + 1)); done >"$work/notes.txt"
"$build/example_semantic_search" "$model" "$work/notes.txt" "the sea of line 9" "money" >"$work/out" || fail "semantic_search"
"$build/bert" search -q -m "$model" --in "$work/notes.txt" --top 3 --format text "the sea of line 9" "money" |
    sed 's/ [0-9]*: /  /; s/^ *[-0-9.]* *//' >"$work/want"
sed 's/^ *[-0-9.]* *//' "$work/out" | diff - "$work/want" || fail "semantic_search is not what bert search says"

for threads in 1 3; do
    "$build/example_many_threads" "$model" $threads "the sea" "a" "the bank of the river" "" "a loan" >"$work/$threads" ||
        fail "many_threads $threads"
    "$build/bert" embed -q -m "$model" --format f32 "the sea" "a" "the bank of the river" "" "a loan" >"$work/want"
    cmp -s "$work/$threads" "$work/want" || fail "many_threads $threads: not the bits that bert embed gives"
done
for example in word_in_context semantic_search many_threads; do
    "$build/example_$example" 2>/dev/null
    [ $? = 2 ] || fail "$example: no arguments is misuse"
    "$build/example_$example" no/such "$work/notes.txt" 1 x 2>"$work/err" && fail "$example: a model that is not there"
    grep -q "^$example: \|usage" "$work/err" || fail "$example: $(cat "$work/err")"
done
[ $failed = 0 ] && echo "all good"
exit $failed
