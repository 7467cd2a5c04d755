#!/bin/sh
# test_man.sh BUILD: manual pages and completions: every command has a page, every option is in it, every
# example runs; man, mandoc and the shells read them without a warning where they are installed.
set -u
build=$(cd "$1" && pwd)
share=$build/share
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "FAIL $*"
    failed=1
}
PATH=$build:$PATH
BERT_MODEL=$work/model
HOME=$work
export PATH BERT_MODEL HOME
make_model "$BERT_MODEL" || exit 1

# ------------------------------------------------------------------------- pages and their options
[ -f "$share/man/man1/bert.1" ] || fail "no bert.1"
for command in $(bert help --commands); do
    page=$share/man/man1/bert-$command.1
    [ -f "$page" ] || { fail "no page of $command"; continue; }
    grep -q '^\.SH DESCRIPTION' "$page" || fail "$command: nothing said about it in manuals.c"
    grep -q '^\.SH EXAMPLES' "$page" || fail "$command: no example in manuals.c"
    for option in $(bert help "$command" | sed -nE 's/^  (-., |    )--([a-z0-9-]*).*/\2/p'); do
        name=$(printf %s "$option" | sed 's/-/\\\\-/g')
        grep -q -- "^.*fB\\\\-\\\\-$name\\\\fR" "$page" || fail "$command: --$option is not in its page"
    done
done

# ---------------------------------------------------------------------------------------- examples
cd "$work" || exit 1
printf 'the sea at night\nshe put money in the bank\n' >texts.txt
printf 'text\ttext_pair\nthe sea\tthe river\nthe bank\ta loan\n' >pairs.tsv
printf 'text\ttext_pair\tlabel\nthe sea\tthe river\t3.5\nthe bank\ta loan\t2\n' >scored.tsv
printf 'we sat on the bank of the river\nthe bank gave him a loan\nthe city at night\n' >notes.txt
n=0
bert help --examples >examples
while IFS= read -r line; do
    case $line in "bert pull"*) continue ;; esac # asks the network
    sh -c "$line" >out 2>err || fail "example: $line: $(cat err)"
    [ -s out ] || case $line in *-o*|"bert models"*|*--diff*) ;; *) fail "example prints nothing: $line" ;; esac
    n=$((n + 1))
done <examples
[ $n -ge 20 ] || fail "only $n examples"
cd - >/dev/null

# ------------------------------------------------------------------------- what reads those files
skipped=
for page in "$share"/man/man1/*.1; do
    if command -v mandoc >/dev/null 2>&1; then
        mandoc -Tlint -W warning "$page" >"$work/out" 2>&1 || fail "mandoc: $(cat "$work/out")"
    fi
    if man --version 2>/dev/null | grep -q '^man 2'; then
        man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>"$work/out" >/dev/null
        [ ! -s "$work/out" ] || fail "man --warnings $page: $(cat "$work/out")"
    fi
done
command -v mandoc >/dev/null 2>&1 || skipped="$skipped mandoc"
man --version 2>/dev/null | grep -q '^man 2' || skipped="$skipped man"

bash=$share/bash-completion/completions/bert zsh=$share/zsh/site-functions/_bert
fish=$share/fish/vendor_completions.d/bert.fish
if command -v bash >/dev/null 2>&1; then
    cat >"$work/ask" <<'ASK'
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_bert
echo "${COMPREPLY[@]}"
ASK
    ask() { bash "$work/ask" "$bash" "$@"; }
    [ "$(ask bert embed --level '')" = "sentence word token" ] || fail "bash: values: $(ask bert embed --level '')"
    [ "$(ask bert sea)" = search ] || fail "bash: commands: $(ask bert sea)"
    [ "$(ask bert search --met)" = --metric ] || fail "bash: options: $(ask bert search --met)"
    ask bert embed -m "$work/mo" | grep -q "$work/model" || fail "bash: files"
else
    skipped="$skipped bash"
fi
if command -v zsh >/dev/null 2>&1; then
    zsh -n "$zsh" || fail "zsh -n"
    # loaded as an interactive shell loads it
    [ "$(zsh -f -c "fpath=($share/zsh/site-functions \$fpath); autoload -Uz compinit; compinit -D -u; echo \$_comps[bert]" 2>&1)" = _bert ] ||
        fail "zsh does not load it"
else
    skipped="$skipped zsh"
fi
if command -v fish >/dev/null 2>&1; then
    fish -n "$fish" || fail "fish -n"
    fish -c "source $fish; complete -C 'bert embed --level '" 2>&1 | cut -f 1 | tr '\n' ' ' | grep -q '^sentence token word $' || fail "fish: values"
    fish -c "source $fish; complete -C 'bert sea'" 2>&1 | grep -q '^search' || fail "fish: commands"
else
    skipped="$skipped fish"
fi
[ -z "$skipped" ] || echo "skipped, not installed:$skipped"
[ $failed = 0 ] && echo "all good, $n examples"
exit $failed
