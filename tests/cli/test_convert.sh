#!/bin/sh
# test_convert.sh BUILD: bert convert: there and back, what it refuses, a disk that fills up, and a
# process that is killed while it writes.
set -u
build=$1
bert=$build/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "FAIL $*"
    failed=1
}
# run STATUS COMMAND…: stderr goes to $work.err
run() {
    want=$1
    shift
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ $got = "$want" ] || fail "exit $got, not $want: $*: $(cat "$work/err")"
}

model=$work/model
"$build/make_model" "$model" || exit 1

# there and back: the same bits, and the same vectors
run 0 $bert convert -q -m "$model" --to hf -o "$work/hf"
run 0 $bert convert -q -m "$work/hf" --to google -o "$work/google"
run 0 $bert convert -q -m "$work/google" --to hf -o "$work/back"
cmp "$work/hf/model.safetensors" "$work/back/model.safetensors" || fail "the way through Google's"
cmp "$work/hf/tokenizer.json" "$work/back/tokenizer.json" || fail "the tokenizer"
for folder in model hf google back; do
    $bert embed -q -m "$work/$folder" "the bank of the river" >"$work/$folder.json"
    cmp "$work/model.json" "$work/$folder.json" || fail "vectors of $folder"
done
run 0 $bert convert -q -m "$model" --to hf --dtype bf16 -o "$work/small"
[ "$(wc -c <"$work/small/model.safetensors")" -lt $(($(wc -c <"$work/hf/model.safetensors") / 2 + 9000)) ] ||
    fail "bf16 is not half as large"

# refusals
run 2 $bert convert -m "$model" -o "$work/x"
grep -q 'needs --to' "$work/err" || fail "no --to: $(cat "$work/err")"
run 2 $bert convert -m "$model" --to hf
run 2 $bert convert -m "$model" --to onnx -o "$work/x"
run 2 $bert convert -m "$model" --to hf -o "$work/x" text
run 1 $bert convert -q -m "$model" --to hf -o "$work/hf"
grep -q 'not empty.*--force' "$work/err" || fail "not empty: $(cat "$work/err")"
run 1 $bert convert -q -m "$model" --to google --dtype f16 -o "$work/x"
run 0 $bert convert -q -m "$model" --to google --force -o "$work/hf"
[ -e "$work/hf/bert_model.ckpt.index" ] && [ ! -e "$work/hf/config.json" ] || fail "--force"
mkdir "$work/home" && echo dear >"$work/home/diary"
run 1 $bert convert -q -m "$model" --to hf --force -o "$work/home"
[ "$(cat "$work/home/diary")" = dear ] || fail "a folder of somebody's was replaced"

# smaller copies, measured
run 0 $bert quantize -q -m "$model" --dtype int8 -o "$work/int8"
grep -q '^cosine   0\.99' "$work/out" || fail "int8: $(cat "$work/out")"
[ "$(wc -c <"$work/int8/model.safetensors")" -lt $(($(wc -c <"$work/small/model.safetensors"))) ] ||
    fail "int8 is no smaller than bf16"
run 0 $bert quantize -q -m "$model" --dtype bf16 -o "$work/bf16" --json "the sea" "the bank"
grep -q '"texts":2,"cosine_mean":0\.9999' "$work/out" || fail "bf16: $(cat "$work/out")"
cmp "$work/bf16/model.safetensors" "$work/small/model.safetensors" || fail "bf16 is not convert's"
printf 'label,text,text_pair\n3,the sea,the sea at night\n1,the bank,a red bird\n2,a loan,money\n' >"$work/task.csv"
run 0 $bert quantize -q -m "$model" --dtype int8 -o "$work/task" --task-file "$work/task.csv"
grep -q '^texts    6$' "$work/out" && grep -q '^task     3 pairs, .* before, ' "$work/out" ||
    fail "a task: $(cat "$work/out")"
# the same from JSON lines, by numbered columns, and with texts of their own; alike is what similar says
printf '%s\n' '{"a":"the sea","b":"the sea at night","s":3}' '{"a":"the bank","b":"a red bird","s":"1"}' \
    '{"a":"a loan","b":"money","s":2.0}' >"$work/task.jsonl"
run 0 $bert quantize -q --force -m "$model" --dtype int8 -o "$work/task" --task-file "$work/task.jsonl" \
    --columns a,b,s --json "the sea" "the bank"
grep -q '^{"texts":2,.*,"pairs":3,"spearman":' "$work/out" || fail "JSON lines: $(cat "$work/out")"
alike=$(sed 's/.*"spearman":\([-0-9.]*\),.*/\1/' "$work/out")
$bert similar -q -m "$model" --metric cosine --format jsonl -i "$work/task.jsonl" --columns a,b |
    sed 's/.*"similarity":\([-0-9.e]*\).*/\1/' >"$work/similar"
want=$(printf '3\n1\n2\n' | paste "$work/similar" - | sort -g | awk '
    { d = NR - $2; sum += d * d } END { printf "%.6f", 1 - 6 * sum / (3 * 8) }')
[ "$alike" = "$want" ] || fail "spearman $alike, not $want"
sed 1d "$work/task.csv" >"$work/bare.csv"
run 0 $bert quantize -q --force -m "$model" --dtype int8 -o "$work/task" --task-file "$work/bare.csv" \
    --columns 2,3,1
grep -q '^task     3 pairs' "$work/out" || fail "numbered columns: $(cat "$work/out")"
refuse_task() {
    printf '%b' "$2" >"$work/bad.tsv"
    run 1 $bert quantize -q -m "$model" --dtype int8 -o "$work/x" --task-file "$work/bad.tsv"
    grep -q "$1" "$work/err" || fail "a task, $1: $(cat "$work/err")"
    [ ! -e "$work/x" ] || fail "a task, $1: the copy was written all the same"
}
refuse_task 'line 2: needs two texts and as their label a number' 'text\ttext_pair\tlabel\na\tb\tyes\n'
refuse_task 'no column is named label' 'text\ttext_pair\na\tb\n'
refuse_task 'pairs with different labels; it has 2 ' 'text\ttext_pair\tlabel\na\tb\t1\nc\td\t1\n'
refuse_task 'pairs with different labels; it has 0 ' ''
run 2 $bert quantize -m "$model" -o "$work/x"
run 2 $bert quantize -m "$model" --dtype f16 -o "$work/x"
run 2 $bert convert -m "$model" --to hf --dtype int8 -o "$work/x"
run 1 $bert quantize -q -m "$model" --dtype int8 -o "$work/int8"

# a file that cannot grow: an error, and nothing is left
for blocks in 0 1 40 900; do
    message=$(ulimit -f $blocks && exec $bert convert -q -m "$model" --to hf -o "$work/full" 2>&1)
    [ $? = 1 ] || fail "ulimit -f $blocks: not refused"
    case $message in *'File too large'*) ;; *) fail "ulimit -f $blocks: $message" ;; esac
    ls -d "$work"/full* 2>/dev/null && fail "ulimit -f $blocks: something was left"
done

# killed at any time: the folder is whole or not there
"$build/make_model" "$work/large" 4 256 4 1024 2000 || exit 1
kills=0
for delay in 0.001 0.003 0.005 0.007 0.009 0.012 0.015 0.02 0.025 0.03 0.04 0.05 0.07; do
    for to in hf google; do
        $bert convert -q -m "$work/large" --to $to -o "$work/killed" &
        sleep $delay
        kill -9 $! 2>/dev/null && kills=$((kills + 1))
        wait $! 2>/dev/null
        if [ -e "$work/killed" ]; then
            $bert embed -q -m "$work/killed" x >/dev/null || fail "half a model after $delay s"
        fi
        rm -rf "$work"/killed*
    done
done
[ $kills -gt 0 ] || fail "nothing was killed"

[ $failed = 0 ] && echo "all good ($kills kills)"
exit $failed
