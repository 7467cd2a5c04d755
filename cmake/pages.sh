#!/bin/sh
# pages.sh SHARE BERT…: has the program (with an emulator before it, where one is needed) write its
# manual pages and the shells' completions into the folder SHARE, as they are installed.
set -eu
share=$1
shift
rm -rf "$share"
man=$share/man/man1 bash=$share/bash-completion/completions
zsh=$share/zsh/site-functions fish=$share/fish/vendor_completions.d
mkdir -p "$man" "$bash" "$zsh" "$fish"
"$@" help --man >"$man/bert.1"
for command in $("$@" help --commands); do
    "$@" help --man "$command" >"$man/bert-$command.1"
done
"$@" help --completion bash >"$bash/bert"
"$@" help --completion zsh >"$zsh/_bert"
"$@" help --completion fish >"$fish/bert.fish"
: >"$share/stamp"
