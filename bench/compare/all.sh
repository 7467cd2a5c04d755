#!/bin/sh
# Compares libbert with its peers on every work of table.py and prints the table.
#
#     bench/compare/all.sh MINILM BASE TINY CORPUS CACHE RESULTS.jsonl [DTYPE ...]
#
# MINILM is the folder of all-MiniLM-L6-v2; BASE and TINY are any BERT of that size (a speed does not
# depend on the weights): build/make_model BASE 12 768 12 3072 30522, and 2 128 2 512 for TINY.
# CORPUS is a text file, a paragraph a line. Python with what README.md lists is $PYTHON; $UNDER stands
# before each timed command, e.g. "nice -n -5". Results are added to RESULTS.jsonl.
set -eu
here=$(dirname "$0")
[ $# -ge 6 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
minilm=$1 base=$2 tiny=$3 corpus=$4 cache=$5 results=$6
shift 6
python=${PYTHON:-python3}

# NAME FOLDER WORK: ranks the peers in short turns, then runs the rounds with the best
row() {
    for dtype in ${dtypes}; do
        set -- "$1" "$2" "$3" --model "$2" --name "$1" --cache "$cache/$1" --work "$3" \
            --dtype "$dtype" --corpus "$corpus"
        (shift 3; ${UNDER:-} "$python" "$here/compare.py" rank --rounds 3 "$@" >&2)
        (shift 3; ${UNDER:-} "$python" "$here/compare.py" run --json "$results" "$@")
    done
}

dtypes=${*:-f32 bf16 int8}
"$python" "$here/export.py" "$minilm" "$cache/MiniLM-L6" "$corpus" >&2
"$python" "$here/export.py" "$base" "$cache/BERT-base" >&2
"$python" "$here/export.py" "$tiny" "$cache/BERT-tiny" >&2
for work in 1x16 1x128 1x512 8x128; do row BERT-base "$base" $work; done
for work in 1x16 1x128 8x128 mixed; do row MiniLM-L6 "$minilm" $work; done
row BERT-tiny "$tiny" 8x128
for dtype in $dtypes; do
    ${UNDER:-} "$python" "$here/compare.py" run --model "$minilm" --name MiniLM-L6 \
        --cache "$cache/MiniLM-L6" --work text --dtype "$dtype" --corpus "$corpus" --json "$results"
    ${UNDER:-} "$python" "$here/start.py" --model "$minilm" --cache "$cache/MiniLM-L6" \
        --dtype "$dtype" --json "$results"
done
${UNDER:-} "$python" "$here/compare.py" run --model "$minilm" --name MiniLM-L6 \
    --cache "$cache/MiniLM-L6" --work tokens --corpus "$corpus" --json "$results"
"$python" "$here/table.py" "$results"
