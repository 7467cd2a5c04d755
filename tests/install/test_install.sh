#!/bin/sh
# test_install.sh BUILD: installs into a prefix, moves the tree, and builds somebody else's project
# with what is there: by pkg-config and by find_package, in C and C++17, shared and static.
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/moved
sanitize=$(sed -n 's/^BERT_SANITIZE:STRING=//p' "$build/CMakeCache.txt")
flags=${sanitize:+-fsanitize=$sanitize}
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")

fail() {
    echo "FAIL $*"
    exit 1
}

# A staged install (as packagers do), then the tree in another place: nothing may name the prefix.
DESTDIR=$work/stage cmake --install "$build" --prefix /opt/bert >"$work/log" 2>&1 ||
    fail "install: $(cat "$work/log")"
mv "$work/stage/opt/bert" "$prefix"
lib=$(dirname "$(find "$prefix" -name libbert.a)")
for file in "$prefix/include/bert.h" "$prefix/bin/bert" "$lib/libbert.a" "$lib/libbert.so" \
    "$lib/pkgconfig/bert.pc" "$lib/cmake/bert/bertConfig.cmake" "$prefix/share/man/man1/bert-embed.1" \
    "$prefix/share/bash-completion/completions/bert" "$prefix/share/zsh/site-functions/_bert" \
    "$prefix/share/fish/vendor_completions.d/bert.fish"; do
    [ -f "$file" ] || fail "not installed: $file"
done
[ ! -f "$build/bert-pull" ] || [ -x "$prefix/bin/bert-pull" ] || fail "bert-pull was built and not installed"
soname=$(readelf -d "$lib/libbert.so" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\].*/\1/p')
case $soname in libbert.so.[0-9]*) [ -e "$lib/$soname" ] || fail "no $soname" ;; '') ;; *) fail "soname $soname" ;; esac
! grep -rlI -e "$work/stage" -e /opt/bert "$lib/pkgconfig" "$lib/cmake" || fail "an installed file names its prefix"

"$build/make_model" "$work/model"
want=$("$build/bert" --version | sed -n 's/^bert \([^ ]*\).*/\1 64/p')
run() {
    got=$(LD_LIBRARY_PATH=$lib "$@" "$work/model") || fail "$1 does not run"
    [ "$got" = "$want" ] || fail "$1 prints '$got', not '$want'"
}

"$prefix/bin/bert" embed -q -m "$work/model" "I love Paris" >"$work/out"
[ -s "$work/out" ] || fail "the installed program embeds nothing"

source=tests/install/consumer
if command -v pkg-config >/dev/null 2>&1; then
    PKG_CONFIG_PATH=$lib/pkgconfig
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046
    "$cc" -std=c11 $flags $source/consumer.c -o "$work/c_shared" $(pkg-config --cflags --libs bert)
    run "$work/c_shared"
    # shellcheck disable=SC2046
    "$cc" -std=c11 $flags $source/consumer.c -o "$work/c_static" $(pkg-config --cflags bert) \
        "$lib/libbert.a" $(pkg-config --static --libs-only-l bert | sed 's/-lbert//')
    run "$work/c_static"
    if command -v c++ >/dev/null 2>&1 && [ -z "$flags" ]; then
        # shellcheck disable=SC2046
        c++ -std=c++17 $source/consumer.cpp -o "$work/cxx_shared" $(pkg-config --cflags --libs bert)
        run "$work/cxx_shared"
    fi
else
    echo "skipped: pkg-config is not here"
fi

if command -v c++ >/dev/null 2>&1; then
    cmake -S $source -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" >"$work/log" 2>&1 &&
        cmake --build "$work/consumer" >>"$work/log" 2>&1 || fail "find_package: $(cat "$work/log")"
    for kind in c_bert cxx_bert c_bert_static cxx_bert_static; do run "$work/consumer/$kind"; done
else
    echo "skipped: find_package in C++, there is no C++ compiler"
fi
echo "all good"
