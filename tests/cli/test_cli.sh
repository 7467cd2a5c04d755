#!/bin/sh
# test_cli.sh BUILD: the program as its users meet it: output, messages, exit status, streams.
set -u
build=$1
bert=$build/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/model
"$build/make_model" "$model" || exit 1
failed=0

# check NAME EXPECTED_STATUS EXPECTED_PATTERN_OF_STDERR COMMAND…: stdout goes to $work/out.
check() {
    name=$1 status=$2 pattern=$3
    shift 3
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    if [ $got != "$status" ]; then
        echo "FAIL $name: exit $got, not $status: $(cat "$work/err")"
        failed=1
    elif [ -n "$pattern" ] && ! grep -q -- "$pattern" "$work/err"; then
        echo "FAIL $name: stderr lacks '$pattern': $(cat "$work/err")"
        failed=1
    fi
    # an error is one line
    if [ "$status" != 0 ] && [ "$(grep -c '^bert: ' "$work/err")" -lt 1 ]; then
        echo "FAIL $name: no 'bert: …' line: $(cat "$work/err")"
        failed=1
    fi
}

# expect NAME TEXT: what the last command wrote on stdout.
expect() {
    if [ "$(cat "$work/out")" != "$2" ]; then
        printf 'FAIL %s: stdout is\n%s\nnot\n%s\n' "$1" "$(cat "$work/out")" "$2"
        failed=1
    fi
}

# lines NAME COUNT: how many lines stdout had.
lines() {
    n=$(wc -l <"$work/out")
    if [ "$n" -ne "$2" ]; then
        echo "FAIL $1: $n lines, not $2"
        failed=1
    fi
}

# ------------------------------------------------------------------------------------ tokenize
check tokenize 0 "" $bert tokenize -m "$model" "the bank, [MASK]!"
expect tokenize '{"index":0,"tokens":["[CLS]","the","bank",",","[MASK]","!","[SEP]"],"ids":[2,109,606,16,4,5,3],"types":[0,0,0,0,0,0,0],"offsets":[[0,0],[0,3],[4,8],[8,9],[10,16],[16,17],[0,0]],"words":[null,0,1,2,3,4,null]}'
check tokenize-text 0 "" $bert tokenize -m "$model" --format text "rivers"
expect tokenize-text '[CLS] river ##s [SEP]'
check tokenize-pair 0 "" $bert tokenize -m "$model" --format text "a ||| b ||| c"
expect tokenize-pair '[CLS] a | | | b [SEP] c [SEP]'
check tokenize-no-special 0 "" $bert tokenize -m "$model" --format text --no-special "a b"
expect tokenize-no-special 'a b'
printf 'a\r\n\n\357\273\277b\nlast' | check tokenize-lines 0 "" $bert tokenize -m "$model" --format text
expect tokenize-lines '[CLS] a [SEP]
[CLS] [SEP]
[CLS] b [SEP]
[CLS] last [SEP]'
printf 'the sea\n' >"$work/one.txt"
check tokenize-files 0 "" $bert tokenize -m "$model" --format text -i "$work/one.txt" -i "$work/one.txt"
expect tokenize-files '[CLS] the sea [SEP]
[CLS] the sea [SEP]'
check tokenize-count 0 "" $bert tokenize -m "$model" --count "the bank" "the"
grep -q '"items":2,"words":3,"tokens":7,"unknown":0,"longest":4,"bytes":11' "$work/out" || { echo "FAIL count: $(cat "$work/out")"; failed=1; }
check tokenize-explain 0 "" $bert tokenize -m "$model" --explain "É,"
grep -q '^      0  É -> e  lower case, accent stripped$' "$work/out" || { echo "FAIL explain: $(cat "$work/out")"; failed=1; }
grep -q '^      2  , -> ,  punctuation, a word of its own$' "$work/out" || { echo "FAIL explain: $(cat "$work/out")"; failed=1; }
check tokenize-bad-bytes 0 "" $bert tokenize -m "$model" --format text "$(printf 'a\377b')"
expect tokenize-bad-bytes '[CLS] a ##b [SEP]'
check detokenize 0 "" $bert detokenize -m "$model" --no-special "2 109 606 3"
expect detokenize 'the bank'
check detokenize-bad 1 "no id" $bert detokenize -m "$model" "99999999"

# --------------------------------------------------------------------------------------- embed
check embed 0 "UNTRAINED" $bert embed -m "$model" "I love Paris" "and the sea"
lines embed 2
grep -q '^{"index":0,"text":"I love Paris","embedding":\[' "$work/out" || { echo "FAIL embed record"; failed=1; }
check embed-env 0 "" env BERT_MODEL="$model" $bert embed --quiet "I love Paris"
lines embed-env 1
check embed-text 0 "" $bert embed -m "$model" --format text --level word "I love Paris"
grep -q '^  Paris .*UNTRAINED$' "$work/out" || { echo "FAIL embed text: $(cat "$work/out")"; failed=1; }
check embed-f32 0 "" $bert embed -q -m "$model" --format f32 --layers all "a b"
[ "$(wc -c <"$work/out")" -eq $((3 * 64 * 4)) ] || { echo "FAIL f32 size"; failed=1; }
check embed-csv 0 "" $bert embed -q -m "$model" --format csv "a b" "c"
$bert embed -q -m "$model" --format jsonl "a b" "c" | sed 's/.*"embedding":\[//; s/\].*//' >"$work/want.csv"
cmp -s "$work/want.csv" "$work/out" || { echo "FAIL csv"; failed=1; }
check embed-npy 0 "" $bert embed -q -m "$model" --format npy -o "$work/a.npy" "a b" "c"
[ "$(wc -c <"$work/a.npy")" -eq $((128 + 2 * 64 * 4)) ] || { echo "FAIL npy size"; failed=1; }
grep -q "'shape': (2, 64)" "$work/a.npy" || { echo "FAIL npy shape"; failed=1; }
check embed-none 0 "" $bert embed -q -m "$model" --level token --layers 0,1 --mix none "a"
grep -q '"token":"a".*"layers":\[{"layer":0,"values":\[.*{"layer":1,"values":\[' "$work/out" || { echo "FAIL mix none"; failed=1; }
check embed-google 0 "" $bert embed -q -m "$model" --google --layers -1,0 " the sea ||| a b " "||| a" "a ||| " ""
lines embed-google 4
grep -q '^{"linex_index": 0, "features": \[{"token": "\[CLS\]", "layers": \[{"index": -1, "values": \[-*[0-9].*}, {"index": 0, "values": \[.*\]}\]}\]}$' \
    "$work/out" || { echo "FAIL embed --google: $(cut -c1-200 "$work/out")"; failed=1; }
[ "$(awk '{ printf "%d ", gsub(/"\[SEP\]"/, "") }' "$work/out")" = "2 1 1 1 " ] || { echo "FAIL embed --google pairs"; failed=1; }
tail -n 1 "$work/out" | grep -q '^{"linex_index": 3, .*"\[CLS\]".*"\[SEP\]"' || { echo "FAIL embed --google empty"; failed=1; }
check embed-google-mix 2 "own format" $bert embed -m "$model" --google --mix sum "a"
check embed-google-layer 1 "from -" $bert embed -q -m "$model" --google --layers 99 "a"
check embed-google-length 2 "at least 5" $bert embed -m "$model" --google --max-length 4 "a"
check embed-google-format 2 "must be text" $bert embed -q -m "$model" --format google "a"
check embed-empty 0 "" $bert embed -q -m "$model" ""
lines embed-empty 1
: | check embed-nothing 0 "" $bert embed -q -m "$model"
lines embed-nothing 0
i=0; while [ $i -lt 700 ]; do printf 'the bank of line %d\n' $i; i=$((i + 1)); done >"$work/many.txt"
check embed-many 0 "" $bert embed -q -m "$model" -i "$work/many.txt"
lines embed-many 700
cp "$work/out" "$work/many.jsonl"
check embed-one-thread 0 "" $bert embed -q -m "$model" -i "$work/many.txt" --threads 1 --batch-tokens 600
cmp -s "$work/out" "$work/many.jsonl" || { echo "FAIL embed: threads and batches change bits"; failed=1; }
$bert embed -q -m "$model" "the bank of line 5" >"$work/out"
[ "$(sed 's/^{"index":[0-9]*//' "$work/out")" = "$(sed -n '6s/^{"index":[0-9]*//p' "$work/many.jsonl")" ] ||
    { echo "FAIL embed: alone is not as in a batch"; failed=1; }

# shards: every N-th item, with its index in the whole; together they are all
for shard in 1 2 3; do
    check "shard $shard" 0 "" $bert embed -q -m "$model" -i "$work/many.txt" --shard $shard/3
    cp "$work/out" "$work/shard$shard"
done
lines shard 233
paste -d '\n' "$work/shard1" "$work/shard2" "$work/shard3" | sed '/^$/d' >"$work/out"
cmp -s "$work/out" "$work/many.jsonl" || { echo "FAIL embed: shards are not the whole"; failed=1; }
check shard-arguments 0 "" $bert tokenize -q -m "$model" --shard 2/2 a b c d
grep -q '^{"index":3,"tokens":\["\[CLS\]","d",' "$work/out" || { echo "FAIL shard index: $(cat "$work/out")"; failed=1; }
for shard in 0/3 4/3 1 1/ /3 -1/3 1/3x; do check "shard $shard" 2 "must be like 1/8" $bert embed -m "$model" --shard $shard x; done

# poolings side by side, and weighted layers
vector() { $bert embed -q -m "$model" --format f32 --no-normalize "$@" "the bank of the river"; }
{ vector --pool cls; vector --pool last; vector --pool weightedmean; vector --pool pooler; } >"$work/a.f32"
vector --pool cls,last,weightedmean,pooler >"$work/b.f32"
[ -s "$work/a.f32" ] && cmp -s "$work/a.f32" "$work/b.f32" || { echo "FAIL: poolings side by side"; failed=1; }
vector --level word --layers 0,1,2 --mix sum >"$work/a.f32"
vector --level word --layers 0,1,2 --mix weights=1,1,1 >"$work/b.f32"
[ -s "$work/a.f32" ] && cmp -s "$work/a.f32" "$work/b.f32" || { echo "FAIL: weights of 1 are no sum"; failed=1; }
vector --level word --layers 0,1,2 --mix weights=1,1,0.5 >"$work/b.f32"
cmp -s "$work/a.f32" "$work/b.f32" && { echo "FAIL: weights do not matter"; failed=1; }
$bert embed -q -m "$model" --format f32 "query: the sea" >"$work/a.f32"
$bert embed -q -m "$model" --format f32 --prompt "query: " "the sea" >"$work/b.f32"
[ -s "$work/a.f32" ] && cmp -s "$work/a.f32" "$work/b.f32" || { echo "FAIL: a prompt is not put before"; failed=1; }
# --dims: the first numbers as they are; divided by their length only on request, after the cut
head_of() { while read -r line; do printf '%s\n' "$line" | cut -d, -f1-5; done; }
csv() { $bert embed -q -m "$model" --format csv "$@" "the bank" "a river"; }
for how in "--layers all" "--level word --layers 0..2" "--pool cls,mean --no-normalize" "--level token"; do
    csv $how | head_of >"$work/want.csv"
    csv $how --dims 5 >"$work/have.csv"
    [ -s "$work/have.csv" ] && cmp -s "$work/want.csv" "$work/have.csv" || { echo "FAIL: --dims 5 $how"; failed=1; }
done
length() { awk -F, '{ s = 0; for (i = 1; i <= NF; i++) s += $i * $i; printf "%d %.5f\n", NF, sqrt(s) }'; }
[ "$(csv --dims 5 --normalize | length | uniq)" = "5 1.00000" ] || { echo "FAIL: --dims --normalize"; failed=1; }
csv --dims 5 | length | grep -q ' 1.00000' && { echo "FAIL: --dims alone is divided by its length"; failed=1; }
check unmixed-sentence 2 "for --level word and token" $bert embed -q -m "$model" --mix none x
check dims-none 2 "without --dims" $bert embed -q -m "$model" --level token --mix none --dims 2 x
check dims-many 1 "vectors of 64 numbers have no first 65" $bert embed -q -m "$model" --dims 65 x
check dims-zero 2 "at least 1" $bert embed -q -m "$model" --dims 0 x
# --precision: bytes and bits (tests/record/test_quantized.c has the numbers)
$bert embed -q -m "$model" --format npy -o "$work/ranges.npy" -i "$work/many.txt"
for precision in int8 uint8; do
    check "$precision" 0 "" $bert embed -q -m "$model" --precision $precision --ranges "$work/ranges.npy" --format csv -i "$work/many.txt"
    lines "$precision" 700
    tr ',' '\n' <"$work/out" | sort -n | sed -n '1p;$p' | tr '\n' ' ' >"$work/ends"
    case $precision:$(cat "$work/ends") in "int8:-128 127 " | "uint8:0 255 ") ;; *) echo "FAIL $precision: $(cat "$work/ends")"; failed=1 ;; esac
    check "$precision-npy" 0 "" $bert embed -q -m "$model" --precision $precision --ranges "$work/ranges.npy" --format npy -o "$work/a.npy" -i "$work/many.txt"
    [ "$(wc -c <"$work/a.npy")" -eq $((128 + 700 * 64)) ] || { echo "FAIL $precision npy size"; failed=1; }
    grep -q "'descr': '|[iu]1', .*'shape': (700, 64)" "$work/a.npy" || { echo "FAIL $precision npy header"; failed=1; }
done
signs() { tr ',' '\n' | awk '{ byte = 2 * byte + ($1 > 0) } NR % 8 == 0 { printf "%s%d", (NR > 8 ? "," : ""), byte; byte = 0 } END { print "" }'; }
check ubinary 0 "" $bert embed -q -m "$model" --precision ubinary "the bank"
grep -q '"embedding":\['"$($bert embed -q -m "$model" --format csv "the bank" | signs)"'\]' "$work/out" || { echo "FAIL ubinary: $(cat "$work/out")"; failed=1; }
check binary 0 "" $bert embed -q -m "$model" --precision binary --level word --dims 9 --format csv "the bank"
lines binary 2
grep -q -v '^-*[0-9]*,\(0\|-128\)$' "$work/out" && { echo "FAIL binary words: $(cat "$work/out")"; failed=1; }
check precision-text 0 "" $bert embed -q -m "$model" --precision binary --format text "the bank"
grep -q '^  sentence  *\[-*[0-9]* .* … 8 numbers\] UNTRAINED$' "$work/out" || { echo "FAIL precision text: $(cat "$work/out")"; failed=1; }
check precision-ranges 2 "needs --ranges FILE" $bert embed -m "$model" --precision int8 x
check precision-no-ranges 2 "is for --precision int8" $bert embed -m "$model" --precision binary --ranges "$work/ranges.npy" x
check precision-f32 2 "no --format f32" $bert embed -m "$model" --precision binary --format f32 x
check precision-none 2 "no --mix none" $bert embed -m "$model" --precision binary --level token --mix none x
check precision-google 2 "own format" $bert embed -m "$model" --google --precision binary x
check precision-dims 1 "700 vectors of 64 numbers; .* of 5 numbers" $bert embed -q -m "$model" --precision int8 --ranges "$work/ranges.npy" --dims 5 x
check precision-file 1 "nothing.npy" $bert embed -q -m "$model" --precision int8 --ranges "$work/nothing.npy" x
check precision-word 2 "must be one of float32, int8" $bert embed -m "$model" --precision int4 x
check bad-weights 2 "2 weights for 1 layers" $bert embed -q -m "$model" --mix weights=1,2 x
check bad-mix 2 "must be concat" $bert embed -q -m "$model" --mix weights=1,x x
check bad-prompt 2 "no prompt query" $bert embed -q -m "$model" --prompt query x
check bad-pool 2 "stands alone" $bert embed -q -m "$model" --pool cls,model x

# a coprocess gets its answer while its input stays open
mkfifo "$work/in" "$work/reply"
$bert embed -q -m "$model" <"$work/in" >"$work/reply" &
exec 3>"$work/in" 4<"$work/reply"
for word in one two three; do
    echo "$word" >&3
    IFS= read -r answer <&4
    case $answer in *"\"text\":\"$word\""*) ;; *) echo "FAIL coprocess: $answer"; failed=1 ;; esac
done
exec 3>&-
wait $!
exec 4<&-

# --------------------------------------------------------------------------------- long items
long=$(i=0; while [ $i -lt 600 ]; do printf 'the '; i=$((i + 1)); done)
check long-warn 0 "1 of 1 items .* 90 tokens dropped" $bert embed -m "$model" "$long"
check long-error 1 "90 tokens too long" $bert embed -q -m "$model" --on-long error "$long"
check long-length 0 "2 tokens dropped" $bert tokenize -m "$model" --max-length 4 "a b c d"
windows="$bert tokenize -m $model --max-length 5 --on-long window"
wants() # NAME WORDS ARGUMENTS...: the word numbers of each window, without [CLS] and [SEP]
{
    name=$1 words=$2
    shift 2
    found=$("$@" 2>"$work/err" | grep -o '"words":\[[^]]*' | sed 's/.*\[//; s/null,*//g; s/,$//' |
        tr '\n' '|')
    [ "$found" = "$words" ] || { echo "FAIL $name: $found"; failed=1; }
    [ -s "$work/err" ] && { echo "FAIL $name: $(cat "$work/err")"; failed=1; }
}
wants windows-shared "0,1,2|2,3,4|4,5,6|" $windows --stride 1 "a b c d e f g"
wants windows-apart "0,1,2|3,4,5|6|" $windows --stride 0 "a b c d e f g"
wants windows-left "4,5,6|1,2,3|0|" $windows --truncate-side left "a b c d e f g"
wants windows-fits "0,1,2|" $windows --stride 2 "a b c"
pairs="$bert tokenize -m $model --on-long window"
wants windows-second "0,1,0,1|0,1,1,2|0,1,2,3|" $pairs --max-length 7 --truncate only_second --stride 1 \
    "a b ||| x y z w"
wants windows-first "0,1,0,1|2,3,0,1|" $pairs --max-length 7 --truncate only_first "a b c d ||| x y"
wants windows-both "0,1,2,0,1|2,3,4,0,1|2,3,4,1,2|2,3,4,2,3|0,1,2,1,2|0,1,2,2,3|" $pairs --max-length 8 \
    --stride 1 "a b c d e ||| x y z w"
check windows-pair-left 1 "4 tokens are too many" $pairs --max-length 8 --truncate only_second "a b c d e ||| x y z w"
check windows-pair-stride 1 "must go on by one" $pairs --max-length 7 --truncate only_second --stride 2 "a b ||| x y z"
check windows-offsets 0 "" $windows --stride 1 --format jsonl -o "$work/windows" "é b ü d e"
grep -q '\[\[0,0\],\[4,5\],\[6,7\],\[8,9\],\[0,0\]\]' "$work/windows" ||
    { echo "FAIL windows-offsets: $(cat "$work/windows")"; failed=1; }
check windows-record 0 "" $windows --format jsonl "a b c d e" "a"
lines windows-record 2
check windows-stride 1 "must go on by one" $windows --stride 3 "a b c d"
check windows-length 2 "needs --max-length" $bert tokenize -m "$model" --on-long window a
check windows-count 2 "none of --count" $windows --count a
check windows-alone 2 "needs --on-long window" $bert tokenize -m "$model" --stride 1 a
check windows-none 2 "cuts no windows" $bert similar -m "$model" --on-long window a

# embed: a text that fits has the bits that it has without windows, beside a long one too; a vector
# a window is that of the window's words alone
embed_windows="$bert embed -q -m $model --max-length 5 --on-long window"
check embed-windows 0 "" $embed_windows "a b c" "a b c d e f g" "the sea"
cp "$work/out" "$work/windows"
lines embed-windows 3
check embed-windows-fit 0 "" $bert embed -q -m "$model" "a b c" "a b c d e f g" "the sea"
[ "$(sed -n '1p;3p' "$work/out")" = "$(sed -n '1p;3p' "$work/windows")" ] || { echo "FAIL embed: windows change what fits"; failed=1; }
cmp -s "$work/out" "$work/windows" && { echo "FAIL embed: windows change nothing"; failed=1; }
check embed-each 0 "" $embed_windows --stride 1 --windows each --dims 1 "é b ü d e"
$bert embed -q -m "$model" --dims 1 --format csv "é b ü" "ü d e" | tr '\n' ' ' >"$work/alone"
read -r one two <"$work/alone"
expect embed-each "{\"index\":0,\"text\":\"é b ü d e\",\"windows\":[{\"start\":0,\"end\":5,\"embedding\":[$one]},{\"start\":4,\"end\":9,\"embedding\":[$two]}],\"tokens\":7,\"truncated\":0}"
check embed-each-text 0 "" $embed_windows --windows each --format text "é b ü d e"
grep -q '^  6-9  ' "$work/out" || { echo "FAIL embed windows text: $(cat "$work/out")"; failed=1; }
check embed-each-npy 0 "" $embed_windows --windows each --format npy -o "$work/a.npy" "a b c d e f g" "a"
grep -q "'shape': (4, 64)" "$work/a.npy" || { echo "FAIL embed windows npy"; failed=1; }
check embed-window-words 0 "" $embed_windows --stride 1 --level word --dims 1 "a river c d rivers f g"
grep -o '"word":"[a-z]*","start":[0-9]*' "$work/out" | tr '\n' ' ' >"$work/words"
[ "$(cat "$work/words")" = '"word":"a","start":0 "word":"river","start":2 "word":"c","start":8 "word":"d","start":10 "word":"rivers","start":12 "word":"f","start":19 "word":"g","start":21 ' ] ||
    { echo "FAIL embed windows words: $(cat "$work/words")"; failed=1; }
check embed-each-pair 1 "takes no prompt and no --windows" $embed_windows --windows each "a ||| b"
check embed-each-level 2 "for --level sentence" $embed_windows --windows each --level word a
check embed-each-alone 2 "needs --on-long" $bert embed -m "$model" --windows each a
check embed-windows-google 2 "no windows" $bert embed -m "$model" --google --on-long window a
head -c 10000000 /dev/zero | tr '\0' 'x' >"$work/big.txt"
check long-line 0 "" $bert embed -q -m "$model" -i "$work/big.txt"
lines long-line 1
yes 'ab ' | head -c 10000000 | tr '\n' ' ' >"$work/big.txt"
check long-words 0 "" $bert embed -q -m "$model" -i "$work/big.txt"
lines long-words 1

# ---------------------------------------------------------------- words that are split beforehand
printf '%s\n' '{"words":["rivers","é-bank","a\u0000b",""]}' '{"words":[]}' '{"text":"the é sea"}' >"$work/words.jsonl"
check words-tokens 0 "" $bert tokenize -m "$model" -i "$work/words.jsonl"
sed -i 1q "$work/out"
expect words-tokens '{"index":0,"tokens":["[CLS]","river","##s","e","-","bank","a","##b","[SEP]"],"ids":[2,378,91,47,17,606,43,74,3],"types":[0,0,0,0,0,0,0,0,0],"offsets":[[0,0],[0,5],[5,6],[0,1],[1,2],[2,6],[0,1],[1,2],[0,0]],"words":[null,0,0,1,1,1,2,2,null]}'
check words 0 "" $bert embed -q -m "$model" --level word --dims 1 -i "$work/words.jsonl"
sed 's/,"embedding":[^}]*//g' "$work/out" >"$work/shape"
mv "$work/out" "$work/listed" && mv "$work/shape" "$work/out"
expect words '{"index":0,"words":[{"word":"rivers","start":0,"end":6},{"word":"é-bank","start":7,"end":13},{"word":"ab","start":14,"end":16}]}
{"index":1,"words":[]}
{"index":2,"words":[{"word":"the","start":0,"end":3},{"word":"é","start":4,"end":5},{"word":"sea","start":6,"end":9}]}'
check words-space 0 "" $bert embed -q -m "$model" --level word --dims 1 --words space "rivers é-bank ab"
[ "$(cat "$work/out")" = "$(sed -n 1p "$work/listed")" ] || { echo "FAIL words: a list is not its text split"; failed=1; }
check words-span 0 "" $bert embed -q -m "$model" --level word --dims 1 --span 4:5 "the é sea"
[ "$(cat "$work/out")" = "$(sed -n '3s/"index":2/"index":0/; 3s/{"word":"the"[^}]*},//; 3s/,{"word":"sea"[^}]*}//p' "$work/listed")" ] ||
    { echo "FAIL span: $(cat "$work/out")"; failed=1; }
check words-unmixed 0 "" $bert embed -q -m "$model" --level word --layers 0,1 --mix none "sea"
grep -q '"word":"sea","start":0,"end":3,"layers":\[{"layer":0,"values":\[.*{"layer":1,"values":\[' "$work/out" || { echo "FAIL word mix none"; failed=1; }
check span-nothing 1 "no word at --span 3:4" $bert embed -q -m "$model" --level word --span 3:4 "the é sea"
check span-bad 2 "must be like 10:14" $bert embed -m "$model" --level word --span 4:4 x
check span-level 2 "for --level word" $bert embed -m "$model" --span 0:1 x
check span-words 2 "goes with --words model" $bert embed -m "$model" --level word --span 0:1 --words space x
check words-list 1 "must be a list of strings" sh -c "echo '{\"words\":[1]}' | $bert embed -q -m $model --input-format jsonl"
check words-similar 1 "takes texts, not lists" $bert similar -q -m "$model" -i "$work/words.jsonl"
check words-google 1 "takes texts, not lists" $bert embed -q -m "$model" --google --layers -1 -i "$work/words.jsonl"

# ------------------------------------------------------------------------------------ failures
check no-command 2 "no such command" $bert frobnicate
check no-option 2 "no such option" $bert embed --frobnicate
check bad-level 2 "must be one of sentence, word, token" $bert embed -m "$model" --level paragraph x
check bad-layers 2 "must be like" $bert embed -m "$model" --layers 1..x x
check bad-layer 1 "layers 0 to 2" $bert embed -m "$model" --layers 7 x
check bad-threads 2 "1 to 1024" $bert embed -m "$model" --threads 0 x
check no-value 2 "needs a value" $bert embed -m
check no-model 1 "no model" env -u BERT_MODEL $bert embed x
check no-folder 1 "no/such: no such model folder, and no model of that name is here: bert pull no/such" $bert embed -m no/such x
check no-path 1 "./no/such: no such model folder" $bert embed -m ./no/such x
check no-input 1 "no/such" $bert embed -q -m "$model" -i no/such
check folder-input 1 "" $bert embed -q -m "$model" -i "$work"
check both-inputs 2 "as well" $bert embed -m "$model" -i "$work/one.txt" text
check npy-stdout 2 "needs -o" $bert embed -m "$model" --format npy x
check bad-format 2 "must be" $bert embed -m "$model" --format xml x
check no-pooler 0 "" $bert embed -q -m "$model" --pool pooler x
check bad-cpu 1 "" $bert embed -m "$model" --cpu pdp11 x
if [ -e /dev/full ]; then
    $bert embed -q -m "$model" -i "$work/many.txt" >/dev/full 2>"$work/err"
    [ $? = 1 ] && grep -q 'No space' "$work/err" || { echo "FAIL full disk: $(cat "$work/err")"; failed=1; }
    $bert help >/dev/full 2>"$work/err"
    [ $? = 1 ] || { echo "FAIL full disk, help"; failed=1; }
    check full-output 1 "No space" $bert embed -q -m "$model" -i "$work/many.txt" -o /dev/full
fi
echo old >"$work/kept"
check keeps-old 1 "" $bert embed -q -m "$model" -o "$work/kept" --on-long error x "$long"
[ "$(cat "$work/kept")" = old ] || { echo "FAIL: a failed run overwrote its output"; failed=1; }
[ "$(ls "$work" | grep -c tmp)" = 0 ] || { echo "FAIL: a temporary file was left"; failed=1; }
status=$({ $bert embed -q -m "$model" -i "$work/many.txt"; echo $? >&3; } 3>&1 >"$work/pipe" | head -n 1 >/dev/null; cat "$work/pipe" | wc -c)
{ $bert embed -q -m "$model" -i "$work/many.txt" 2>"$work/err"; echo $? >"$work/status"; } | head -n 1 >/dev/null
[ "$(cat "$work/status")" = 0 ] && [ ! -s "$work/err" ] || { echo "FAIL closed pipe: $(cat "$work/status" "$work/err")"; failed=1; }

# ------------------------------------------------------------------------------ models by name
HF_HOME=$work/hf BERT_CACHE=$work/cache
export HF_HOME BERT_CACHE
check models-none 0 "no model is here yet" $bert models
commit=0123456789abcdef0123456789abcdef01234567
repo=$work/hf/hub/models--made--model
mkdir -p "$repo/snapshots" "$repo/refs" "$work/hf/hub/models--some--gpt/snapshots/$commit"
cp -r "$model" "$repo/snapshots/$commit"
printf %s $commit >"$repo/refs/main"
echo '{"model_type":"gpt2"}' >"$work/hf/hub/models--some--gpt/snapshots/$commit/config.json"
: >"$work/hf/hub/models--some--gpt/snapshots/$commit/model.safetensors"
check models 0 "" $bert models
grep -q "^made/model  safetensors    2     64  .*snapshots/$commit$" "$work/out" || { echo "FAIL models: $(cat "$work/out")"; failed=1; }
lines models 2
check models-json 0 "" $bert models --json
grep -q '^{"name":"made/model","revision":"main","format":"safetensors","layers":2,"hidden_size":64,"bytes":[0-9]*,"path":"' "$work/out" || { echo "FAIL models json: $(cat "$work/out")"; failed=1; }
check model-by-name 0 "" $bert embed -q -m made/model "I love Paris"
lines model-by-name 1
check model-by-env 0 "" env BERT_MODEL=made/model@$commit $bert tokenize --format text "rivers"
expect model-by-env '[CLS] river ##s [SEP]'

# programs beside bert, and the model that came with it
mkdir -p "$work/bin" "$work/share/bert"
cp "$bert" "$work/bin/bert"
cp -r "$model" "$work/share/bert/default"
check default-model 0 "" env -u BERT_MODEL "$work/bin/bert" tokenize --format text "rivers"
expect default-model '[CLS] river ##s [SEP]'
check no-program 1 "there is no program .*/bin/bert-pull: it is built when libcurl" "$work/bin/bert" pull x/y
printf '#!/bin/sh\necho "ran $*"\n' >"$work/bin/bert-pull"
chmod +x "$work/bin/bert-pull"
check program 0 "" "$work/bin/bert" pull --any "x y"
expect program 'ran --any x y'
check program-help 0 "" $bert help pull
grep -q -- '--revision R' "$work/out" || { echo "FAIL help pull: $(cat "$work/out")"; failed=1; }

# ------------------------------------------------------------------------------------- the rest
check inspect 0 "" $bert inspect -q -m "$model" --tensors
grep -q 'hidden_act *gelu' "$work/out" || { echo "FAIL inspect"; failed=1; }
check inspect-json 0 "" $bert inspect -q -m "$model" --json --tensors
grep -q '"layers":2,"hidden_size":64,' "$work/out" || { echo "FAIL inspect json"; failed=1; }
# records are made by several threads when there are many: the same bytes
seq 300 | sed 's/$/ the bank of the river/' >"$work/many.txt"
for format in jsonl f32; do
    check many 0 "" $bert embed -q -m "$model" --level token --layers all --threads 1 --format $format -i "$work/many.txt"
    mv "$work/out" "$work/one"
    check many 0 "" $bert embed -q -m "$model" --level token --layers all --threads 3 --format $format -i "$work/many.txt"
    cmp "$work/one" "$work/out" || { echo "FAIL records by three threads, $format"; failed=1; }
done
check bench 0 "" $bert bench -q -m "$model" --lengths 8 --batches 2 --seconds 0.01 --json
grep -q '"length":8,"batch":2,' "$work/out" || { echo "FAIL bench"; failed=1; }
for key in p50_ms p99_ms texts_per_second tokens_per_second gflops peak_gflops share_of_peak dtype peak_memory; do
    grep -q "\"length\":8.*\"$key\":" "$work/out" || { echo "FAIL bench: no $key"; failed=1; }
done
grep -q '"start_ms":[0-9.]*,"start_best_ms"' "$work/out" || { echo "FAIL bench start"; failed=1; }
printf 'one text\nanother text\n' >"$work/two.txt"
check bench-texts 0 "" $bert bench -q -m "$model" -i "$work/two.txt" --seconds 0.01
grep -q '^ *2  *[0-9]* ' "$work/out" || { echo "FAIL bench -i: $(cat "$work/out")"; failed=1; }
: >"$work/none.txt"
check bench-nothing 1 "" $bert bench -q -m "$model" -i "$work/none.txt" --seconds 0.01
check version 0 "" $bert --version
check help 0 "" $bert help
for command in embed tokenize detokenize inspect bench; do check "help $command" 0 "" $bert $command --help; done

[ $failed = 0 ] && echo "all good"
exit $failed
