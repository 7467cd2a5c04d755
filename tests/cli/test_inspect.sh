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
    case $(cat "$work/out") in *"$text"*) return ;; esac
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

# renames FROM TO: a tensor of the masked-LM model by another name, its header as long as before
renames() {
    rm -rf "$work/model"
    cp -r $golden/masked_lm "$work/model"
    chmod -R +w "$work/model"
    LC_ALL=C sed "s/\"$1\"/$(printf "%-$((${#1} + 2))s" "\"$2\"")/" \
        $golden/masked_lm/model.safetensors >"$work/model/model.safetensors"
}
dense=cls.predictions.transform.dense
renames $dense.weight qa_outputs.weight
says "$work/model" '  question-answering, 32 outputs (qa_outputs.weight)'
says "$work/model" '{"kind":"question-answering","origin":"qa_outputs.weight","outputs":32}' --json
renames $dense.weight cls.seq_relationship.weight
says "$work/model" '  next-sentence, 32 outputs (cls.seq_relationship.weight)'
says "$work/model" '{"kind":"next-sentence","origin":"cls.seq_relationship.weight","outputs":32}' --json
renames $dense.weight cls.predictions.decoder.weight
says "$work/model" '  masked-lm, decoder of its own (cls.predictions.bias)'
says "$work/model" '"heads":[{"kind":"masked-lm","origin":"cls.predictions.bias","tied":false}]' --json
google=tests/model/google/uncased_L-2_H-8_A-2
says $google '  next-sentence, 2 outputs (cls/seq_relationship/output_bias)'
says $google '  masked-lm, decoder tied to the embeddings (cls/predictions/output_bias)'

# prompts, in the order of their file
cp -r $golden/sentence_mean "$work/prompts"
chmod -R +w "$work/prompts"
echo '{"prompts": {"query": "query: ", "passage": "a \"passage\": "}}' \
    >"$work/prompts/config_sentence_transformers.json"
says "$work/prompts" 'prompts
  query "query: "
  passage "a "passage": "'
says "$work/prompts" '"prompts":[{"name":"query","text":"query: "},{"name":"passage","text":"a \"passage\": "}],' --json
says $golden/base '"prompts":[],' --json

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

# tensors by what they are: names of Google's, of long ago and behind bert. are the same, matrices are
# compared the way they lie, and an optimizer's states are no difference
twins() {
    $bert inspect -q -m "$1" --diff "$2" >"$work/out" 2>&1
    [ $? -le 1 ] && ! grep "^tensor" "$work/out" >/dev/null && return
    echo "FAIL --diff $1 $2: $(cat "$work/out")"
    failed=1
}
$bert convert -q --gelu erf -m $golden/masked_lm --to google -o "$work/google" || failed=1
$bert convert -q -m $golden/old_names --to hf -o "$work/today" || failed=1
twins $golden/masked_lm "$work/google"
twins "$work/google" $golden/masked_lm
twins $golden/old_names "$work/today"
twins tests/model/formats tests/model/formats/google
twins tests/model/formats/google tests/model/formats/legacy.bin
$bert convert -q -m $golden/base --to google -o "$work/base" || failed=1
{ head -c $((size - 8)) $golden/base/model.safetensors; printf '\0\0\200\104'; tail -c 4 $golden/base/model.safetensors; } \
    >"$work/nan/model.safetensors" # not on the diagonal
for pair in "$work/base $work/nan" "$work/nan $work/base"; do
    $bert inspect -q -m ${pair% *} --diff ${pair#* } >"$work/out" 2>&1
    [ "$(grep -c "^tensor" "$work/out")" = 1 ] && grep -q '^tensor \(bert/\)\{0,1\}pooler.dense.\(kernel\|weight\): .*, max|a-b| 102[34]' "$work/out" ||
        { echo "FAIL --diff $pair: $(cat "$work/out")"; failed=1; }
done

[ $failed = 0 ] && echo "all good"
exit $failed
