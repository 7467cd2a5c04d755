#!/bin/sh
# test_input.sh BUILD: items in files: text, tsv, csv and jsonl, columns by name or number, pairs, and
# the one line that says what is wrong with which line of which file.
set -u
bert=$1/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
model=$work/model
"$1/make_model" "$model" || exit 1
failed=0
fail() { echo "FAIL $*"; failed=1; }

# says NAME FILE EXPECTED OPTION…: the tokens of every item of the file.
says() {
    name=$1 file=$2 expected=$3
    shift 3
    got=$($bert tokenize -m "$model" --format text --no-special "$@" -i "$file" 2>&1)
    [ "$got" = "$expected" ] || fail "$name: $got, not $expected"
}

# refuses NAME MESSAGE OPTION…: the one line, and no other
refuses() {
    name=$1 message=$2
    shift 2
    $bert tokenize -q -m "$model" --format text "$@" >"$work/out" 2>"$work/err" && fail "$name: accepted"
    [ "$(cat "$work/err")" = "bert: $message" ] || fail "$name: $(cat "$work/err")"
}

cd "$work" || exit 1
two='the sea the river
a loan the bank'
printf '\357\273\277id\ttext_pair\ttext\r\n1\tthe river\tthe sea\r\n2\tthe bank\ta loan' >a.tsv
says tsv a.tsv "$two"
printf 'the sea\tthe river\na loan\tthe bank\n' >b.tsv
says tsv-numbers b.tsv "$two" --columns 1,2
says tsv-second b.tsv 'the river
the bank' --columns 2
printf 's1\ts2\nthe sea\tthe river\na loan\tthe bank\n' >c.tsv
says tsv-names c.tsv "$two" --columns s1,s2
printf 'text,text_pair\n"the\nsea",the river\r\n"a ""loan, the",bank\n' >a.csv
says csv a.csv 'the sea the river
a " loan , the bank'
printf '{"text":"the \\u0073ea","text_pair":"the river","x":[1]}\n{"text_pair":null,"text":"a loan"}\r\n' >a.jsonl
says jsonl a.jsonl 'the sea the river
a loan'
printf '{"text":"a\\u0000 sea \\u0000","text_pair":"the\\u0000"}\n' >nul.jsonl
$bert tokenize -m "$model" --format jsonl --offsets byte --no-special -i nul.jsonl |
    grep -qF '"offsets":[[0,1],[3,6],[0,3]]' || fail nul
says jsonl-nul nul.jsonl 'a sea the'
says jsonl-names a.jsonl 'the sea' --columns text --shard 1/2
says as-text a.csv 't ##e ##x ##t , t ##e ##x ##t _ p ##a ##i ##r
" the
sea " , the river
" a " " loan , the " , bank' --input-format text
# the same through a pipe, a byte at a time or all at once
got=$(cat a.jsonl | $bert tokenize -m "$model" --format text --no-special --input-format jsonl)
[ "$got" = 'the sea the river
a loan' ] || fail "pipe: $got"

# more than a chunk, in the input's own bytes: what is decoded stays until it is written
awk 'BEGIN { print "text"; for (i = 0; i < 40000; i++) print "\"the \"\"sea\"\"\n, a loan\"" }' >big.csv
[ "$($bert tokenize --threads 1 -m "$model" --format text --no-special -i big.csv | sort | uniq -c |
    sed 's/^ *//')" = '40000 the " sea " , a loan' ] || fail big

printf 'text,text_pair\na,b\n"a\nb",c\nd\n' >bad.csv
refuses csv-short "bad.csv: line 5: 1 columns, of which text_pair would be number 2" -i bad.csv
printf 'text\na\n"b\n' >bad.csv
refuses csv-open "bad.csv: line 3: a quote is not closed" -i bad.csv
printf 'text\n"a" b\n' >bad.csv
refuses csv-behind "bad.csv: line 2: a comma is missing behind a field in quotes" -i bad.csv
printf 'one\ttwo\n' >bad.tsv
refuses tsv-header "bad.tsv: line 1: no column is named text (--columns says what the columns are named; numbers, as in --columns 1,2, that the first line names none)" -i bad.tsv
printf '{"text":"a"}\n{"text":1}\n' >bad.jsonl
refuses jsonl-type "bad.jsonl: line 2: key text: must be a string" -i bad.jsonl
refuses jsonl-key "bad.jsonl: line 1: no key words (--columns says what the keys are named)" -i bad.jsonl --columns words
printf '{"text":"a"}\n{"text"\n' >bad.jsonl
$bert tokenize -m "$model" -i bad.jsonl 2>&1 >out | grep -q '^bert: bad.jsonl: line 2: ' || fail "jsonl syntax"
[ "$(wc -l <out)" = 1 ] || fail "what stood before the error has no record"
refuses text-columns "a.csv: --columns is for tsv, csv and jsonl (--input-format)" --input-format text --columns a -i a.csv
refuses columns "--columns a,: must be a name, or two with a comma between them" --columns a, -i a.tsv

# ------------------------------------------------------------------------------------------- pairs
$bert embed -q -m "$model" "the sea ||| the river" >argument
$bert embed -q -m "$model" --shard 1/2 -i a.tsv >file
cmp -s argument file || fail "embed: argument $(head -c 200 argument), file $(head -c 200 file)"
grep -q '"text":"the sea","text_pair":"the river","embedding":' argument || fail "pair: $(head -c 99 argument)"
[ "$($bert embed -q -m "$model" "the sea the river" | sed 's/.*"embedding"//')" != \
    "$(sed 's/.*"embedding"//' argument)" ] || fail "a pair is not one text"
$bert embed -q -m "$model" --level word "the sea ||| é a river" | tr '{' '\n' | cut -d[ -f1 >words
grep -q '"word":"sea","start":4,"end":7,"type":0' words || fail "words: $(cat words)"
grep -q '"word":"river","start":4,"end":9,"type":1' words || fail "words: $(cat words)"
$bert embed -q -m "$model" --level token "the sea ||| a river" | tr '{' '\n' | grep -q \
    '"token":"river","id":[0-9]*,"start":2,"end":7,"word":[0-9]*,"type":1' || fail tokens
[ "$($bert similar -q -m "$model" -i a.tsv --format csv)" = \
    "$($bert similar -q -m "$model" --format csv "the sea ||| the river" "a loan ||| the bank")" ] ||
    fail similar
$bert similar -q -m "$model" -i a.jsonl 2>&1 >out | grep -q 'item 1: one text only' || fail one-text
exit $failed
