#!/bin/sh
# tools/fuzz.sh [SECONDS] [TARGET…]: fuzzes every target of tests/fuzz (or those named: json) for so
# many seconds each, 600 if not said, with clang's libFuzzer under AddressSanitizer and UBSan.
#
# Inputs that reach new code are kept in build-fuzz/corpus/TARGET and used again next time; an input
# that breaks something is kept in build-fuzz/found/TARGET-…. Add it to tests/fuzz/seeds/TARGET with
# the fix: ctest replays those with any compiler. CC names another clang.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
case $seconds in
    *[!0-9]* | '') echo "usage: tools/fuzz.sh [SECONDS] [TARGET...]" >&2; exit 2 ;;
esac

mkdir -p build-fuzz/found
cmake -S . -B build-fuzz -DCMAKE_C_COMPILER="${CC:-clang}" -DBERT_FUZZ=ON \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" >build-fuzz/build.log 2>&1 &&
    cmake --build build-fuzz -j --target fuzzers >>build-fuzz/build.log 2>&1 || {
    cat build-fuzz/build.log >&2
    exit 1
}

if [ $# -eq 0 ]; then
    for file in tests/fuzz/fuzz_*.c; do
        name=${file#tests/fuzz/fuzz_}
        set -- "$@" "${name%.c}"
    done
fi
status=0
for name; do
    mkdir -p "build-fuzz/corpus/$name"
    echo "== $name"
    if build-fuzz/tests/fuzz_"$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 \
        -artifact_prefix="build-fuzz/found/$name-" -print_final_stats=1 -verbosity=0 \
        "build-fuzz/corpus/$name" "tests/fuzz/seeds/$name" >"build-fuzz/found/$name.log" 2>&1; then
        grep -E 'number_of_executed_units|average_exec|peak_rss' "build-fuzz/found/$name.log"
    else
        status=1
        tail -40 "build-fuzz/found/$name.log"
    fi
done
exit $status
