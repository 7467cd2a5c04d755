#!/bin/sh
# aarch64.sh: cross-builds for 64-bit ARM (cmake/aarch64.cmake) in build-aarch64 and runs under QEMU
# what depends on the CPU: every kernel of every level against its definition, and the golden networks
# of the tests. The laws take QEMU tens of minutes: BERT_TEST_LEVELS=neonbf16 ctest -R laws/laws in
# build-aarch64.
#
#     tools/aarch64.sh            exit status 77 with a line where something is missing
#     tools/aarch64.sh --setup    Debian, as root: brings what is missing, then the same
set -eu
cd "$(dirname "$0")/.."
build=build-aarch64 deps=$PWD/build-aarch64/deps
packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"

have_tools() {
    command -v aarch64-linux-gnu-gcc >/dev/null 2>&1 && command -v qemu-aarch64 >/dev/null 2>&1
}

# apt for packages of arm64 with lists of its own: the system's architectures stay as they are.
apt_arm64() {
    apt-get -q -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
        -o Dir::State::lists="$deps/apt/lists" -o Dir::Cache="$deps/apt/cache" "$@"
}

unpack_cmocka() {
    mkdir -p "$deps/apt/lists/partial" "$deps/apt/cache/archives/partial"
    apt_arm64 update
    (cd "$deps/apt" && apt_arm64 download libcmocka0:arm64 libcmocka-dev:arm64)
    for deb in "$deps"/apt/*.deb; do dpkg-deb -x "$deb" "$deps"; done
}

if [ "${1:-}" = --setup ]; then
    # shellcheck disable=SC2086
    have_tools || apt-get install -y --no-install-recommends $packages
    [ -f "$deps/usr/include/cmocka.h" ] || unpack_cmocka
fi
if ! have_tools || [ ! -f "$deps/usr/include/cmocka.h" ]; then
    echo "AArch64 is left out: it wants $packages and an ARM cmocka (tools/aarch64.sh --setup)" >&2
    exit 77
fi

[ -f "$build/CMakeCache.txt" ] || cmake -S . -B "$build" -DBERT_DEPS="$deps" -DBERT_WERROR=ON \
    -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake >/dev/null
cmake --build "$build" -j "$(getconf _NPROCESSORS_ONLN)" --target test_cpu_kernels \
    test_cpu_levels test_golden_golden test_laws_laws >"$build/build.log" 2>&1 ||
    { tail -n 40 "$build/build.log" >&2; exit 1; }
cd "$build"
ctest --output-on-failure -R '^(cpu|golden/golden)'
