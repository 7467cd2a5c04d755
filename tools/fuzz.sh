#!/bin/sh
# tools/fuzz.sh [SECONDS] [TARGET…]: fuzzes every target of tests/fuzz (or those named: json) for so
# many seconds of processor time each, 600 if not said, with clang's libFuzzer under AddressSanitizer
# and UBSan. A line for each says seconds, runs, runs a second and megabytes.
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

# Targets that read files write them here: in memory, where there is such a folder.
shm=/dev/shm
[ -w $shm ] || shm=build-fuzz
TMPDIR=$(mktemp -d "$shm/bert-fuzz-XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' INT TERM

# Seconds of processor time that a process has taken so far.
cpu_seconds() {
    awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); printf "%d", ($12 + $13) / hz }' \
        "/proc/$1/stat" 2>/dev/null || echo 0
}

fuzz() {
    build-fuzz/tests/fuzz_"$1" -timeout=20 -rss_limit_mb=4096 \
        -artifact_prefix="build-fuzz/found/$1-" -print_final_stats=1 -verbosity=0 \
        "build-fuzz/corpus/$1" "tests/fuzz/seeds/$1" >"build-fuzz/found/$1.log" 2>&1 &
    pid=$! spent=0
    while kill -0 $pid 2>/dev/null; do
        sleep 1
        now=$(cpu_seconds $pid)
        [ "$now" -lt "$spent" ] || spent=$now
        [ "$spent" -lt "$seconds" ] || kill -USR1 $pid 2>/dev/null || true # stop, and say how it was
    done
    wait $pid
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
    if fuzz "$name"; then
        awk -v name="$name" -v spent="$spent" '
            /number_of_executed_units/ { runs = $2 }
            /peak_rss_mb/ { mb = $2 }
            END { printf "%-18s %5d s %11d runs %8d runs/s %5d MB\n", name, spent, runs,
                         runs / (spent ? spent : 1), mb }' "build-fuzz/found/$name.log"
    else
        status=1
        echo "$name: found something after $spent s"
        tail -40 "build-fuzz/found/$name.log"
    fi
done
exit $status
