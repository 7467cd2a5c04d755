#!/bin/sh
# test_inspect.sh BUILD: bert inspect: heads, labels, stored types and shapes, special tokens, prompts.
set -u
bert=$1/bert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# says FOLDER TEXT [OPTIONS]: what inspect prints of the folder holds the text.
says() {
    folder=$1 text=$2
    shift 2
    $bert inspect -q -m "$folder" "$@" >"$work/out" 2>&1
    grep -qF -- "$text" "$work/out" && return
    echo "FAIL $folder: no '$text' in: $(cat "$work/out")"
    failed=1
}

golden=tests/golden
says $golden/masked_lm 'masked-lm, decoder tied to the embeddings'
says $golden/masked_lm '"heads":[{"kind":"masked-lm","origin":"cls.predictions.bias","tied":true}]' --json
says $golden/masked_lm 'F32   cls.predictions.transform.dense.weight [32,32]' --tensors
says $golden/masked_lm '{"name":"cls.predictions.bias","dtype":"F32","shape":[160]}' --json --tensors
says $golden/masked_lm 'gelu_new (tanh)'
says $golden/bf16_quick '"weights_dtype":"BF16"' --json
says $golden/base '"heads":[],' --json
says $golden/base 'cls_token            [CLS] = 4'
says $golden/base '"mask_token":{"token":"[MASK]","id":6}' --json

# classifiers: a matrix of another head by their name, and what config.json calls it
cp -r $golden/masked_lm "$work/model"
LC_ALL=C sed 's/"cls.predictions.transform.dense.weight"/"classifier.weight"                     /' \
    $golden/masked_lm/model.safetensors >"$work/model/model.safetensors"
says "$work/model" 'sequence-classification, 32 outputs (its tensors; architectures do not say which)'
for pair in SequenceClassification:sequence-classification TokenClassification:token-classification \
    MultipleChoice:multiple-choice; do
    sed "s/BertForMaskedLM/BertFor${pair%%:*}/; s/^{/{\"id2label\":{\"0\":\"no\",\"1\":\"yes\"},/" \
        $golden/masked_lm/config.json >"$work/model/config.json"
    says "$work/model" "${pair##*:}, 32 outputs"
    says "$work/model" '(architectures)'
done
sed 's/BertForMaskedLM/BertForTokenClassification/; s/^{/{"id2label":{"0":"no","1":"yes"},/' \
    $golden/masked_lm/config.json >"$work/model/config.json"
says "$work/model" 'token-classification, 32 outputs: no, yes (architectures)'
says "$work/model" '"kind":"token-classification","origin":"architectures","outputs":32,"labels":["no","yes",null,' --json

# a NaN and an infinity, the last two numbers of the file
size=$(wc -c <$golden/base/model.safetensors)
cp -r $golden/base "$work/nan"
chmod +w "$work/nan/model.safetensors"
says "$work/nan" '"not_finite":[],' --json
{ head -c $((size - 8)) $golden/base/model.safetensors; printf '\0\0\300\177\0\0\200\377'; } \
    >"$work/nan/model.safetensors"
says "$work/nan" 'pooler.dense.weight: 1 NaN, 1 infinite'
says "$work/nan" '"not_finite":[{"name":"pooler.dense.weight","nan":1,"infinite":1}]' --json

# --diff: nothing, one tensor, settings and tensors, and what cannot be compared
differs() {
    status=$1
    shift
    $bert inspect -q -m $golden/base --diff "$@" >"$work/out" 2>&1
    got=$?
    [ $got = "$status" ] || { echo "FAIL --diff $1: exit $got, not $status: $(cat "$work/out")"; failed=1; }
}
differs 0 $golden/base
[ -s "$work/out" ] && { echo "FAIL --diff says something of the same"; failed=1; }
differs 1 "$work/nan"
[ "$(cat "$work/out")" = "tensor pooler.dense.weight: F32 [48,48] | F32 [48,48], max|a-b| NaN" ] ||
    { echo "FAIL --diff: $(cat "$work/out")"; failed=1; }
differs 1 "$work/nan" --json
grep -q '^{"differences":\[{"kind":"tensor","name":"pooler.dense.weight",.*}\]}$' "$work/out" ||
    { echo "FAIL --diff --json: $(cat "$work/out")"; failed=1; }
{ head -c $((size - 4)) $golden/base/model.safetensors; printf '\0\0\200\104'; } \
    >"$work/nan/model.safetensors" # 1024
differs 1 "$work/nan"
grep -q '^tensor pooler.dense.weight: .*, max|a-b| 102[34]' "$work/out" || { echo "FAIL --diff: $(cat "$work/out")"; failed=1; }
differs 1 $golden/masked_lm
grep -q '^setting has_pooler: yes | no$' "$work/out" || { echo "FAIL --diff: $(cat "$work/out")"; failed=1; }
differs 2 "$work/none"

[ $failed = 0 ] && echo "all good"
exit $failed
