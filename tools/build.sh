# build.sh: sourced by ./demo and ./test from the project's root: sets up, configures, builds.
# BUILD names the build folder (default build), CMAKE_FLAGS adds to the configuration.
build=${BUILD:-build}
./setup
if [ ! -f "$build/CMakeCache.txt" ]; then
    deps=
    [ -d build/deps/usr ] && deps="-DBERT_DEPS=$PWD/build/deps"
    # shellcheck disable=SC2086
    cmake -S . -B "$build" $deps ${CMAKE_FLAGS:-} >"${TMPDIR:-/tmp}/bert-cmake.$$" 2>&1 || {
        cat "${TMPDIR:-/tmp}/bert-cmake.$$" >&2
        rm -f "${TMPDIR:-/tmp}/bert-cmake.$$"
        exit 1
    }
    rm -f "${TMPDIR:-/tmp}/bert-cmake.$$"
fi
cmake --build "$build" -j "$(getconf _NPROCESSORS_ONLN)" >&2
