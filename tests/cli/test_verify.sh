#!/bin/sh
# test_verify.sh BUILD: bert verify against what transformers gave (tools/reference.py), and with
# another GELU, another epsilon, rounded weights, another tokenizer, damaged files: each must fail,
# and be called what it is.
set -u
build=$1
bert=$build/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
data=tests/cli/verify
base=tests/golden/base
sentence=tests/golden/sentence_cls

# check STATUS PATTERN COMMAND…: the pattern is in stdout or stderr.
check() {
    status=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1
    got=$?
    [ $got = "$status" ] && grep -q -- "$pattern" "$work/out" && return
    echo "FAIL exit $got, not $status, or no '$pattern': $*"
    cat "$work/out"
    failed=1
}

# as transformers computes it
check 0 '^within' $bert verify -q -m $base --against $data/packed.npz
check 0 '^within' $bert verify -q -m $base --against $data/lines.jsonl
check 0 '^sentences' $bert verify -q -m $sentence --against $data/stored.npz
check 0 '"ids_differ":0,.*"within":true}' $bert verify -q -m $sentence --against $data/stored.npz --json
$bert embed -q -m $sentence --format jsonl -i $data/texts.txt -o "$work/ours.jsonl"
check 0 '1 - cosine' $bert verify -q -m $sentence --against "$work/ours.jsonl"
check 1 'OUTSIDE' $bert verify -q -m $base --against $data/packed.npz --tolerance 1e-9

# what must not pass
check 1 'other form of GELU' $bert verify -q -m $base --against $data/packed.npz --gelu tanh
check 1 'other form of GELU' $bert verify -q -m $sentence --against $data/stored.npz --gelu tanh
cp -r $base "$work/eps" && chmod -R u+w "$work/eps"
sed 's/"layer_norm_eps": [^,]*,/"layer_norm_eps": 1e-5,/' $base/config.json >"$work/eps/config.json"
check 1 'layer_norm_eps' $bert verify -q -m "$work/eps" --against $data/packed.npz
$bert convert -q -m $base --to hf --dtype bf16 -o "$work/bf16"
check 1 'rounding to 16 bits' $bert verify -q -m "$work/bf16" --against $data/packed.npz
$bert convert -q -m $base --to hf --dtype f16 -o "$work/f16"
check 1 'rounding to 16 bits' $bert verify -q -m "$work/f16" --against $data/packed.npz
check 1 "token 1 is '.*here, '.*' ([0-9]*) there" $bert verify -q -m $base --against $data/packed.npz --cased
check 1 'lower-casing' $bert verify -q -m $base --against $data/packed.npz --cased
check 1 'another model' $bert verify -q -m $base --against $data/stored.npz
cp -r $sentence "$work/mean" && chmod -R u+w "$work/mean"
echo '{"pooling_mode_mean_tokens": true}' >"$work/mean/1_Pooling/config.json"
check 1 'sentence vectors do not: pooling' $bert verify -q -m "$work/mean" --against $data/stored.npz

# files that are not as they should be
check 2 'needs --against' $bert verify -m $base
check 2 'tolerance' $bert verify -m $base --against x --tolerance -1
check 1 'no/such' $bert verify -q -m $base --against no/such
head -c 9000 $data/packed.npz >"$work/cut.npz"
check 1 'cut.npz' $bert verify -q -m $base --against "$work/cut.npz"
echo '{"text": "no", "ids": [2], "hidden": [[[1, 2], [3]]]}' >"$work/bad.jsonl"
check 1 'line 1: "hidden"' $bert verify -q -m $base --against "$work/bad.jsonl"
echo '{"ids": []}' >"$work/bad.jsonl"
check 1 'line 1: "text"' $bert verify -q -m $base --against "$work/bad.jsonl"
echo '{"text": "no", "ids": [99999999]}' >"$work/bad.jsonl"
check 1 'text 0: ' $bert verify -q -m $base --against "$work/bad.jsonl"
: >"$work/empty.jsonl"
check 1 'no texts' $bert verify -q -m $base --against "$work/empty.jsonl"

[ $failed = 0 ] && echo "all good"
exit $failed
