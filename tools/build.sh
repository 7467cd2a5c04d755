# build.sh: sourced by ./demo and ./test from the project's root: sets up, configures, builds.
# BUILD names the build folder (default build), CMAKE_FLAGS adds to the configuration.
build=${BUILD:-build}
./setup
log=$build/build.log
mkdir -p "$build"

# Runs a step with its output in the log; shows the log's end when the step fails.
step() {
    "$@" >"$log" 2>&1 && return 0
    tail -n 40 "$log" >&2
    echo "failed: $*" >&2
    exit 1
}

if [ ! -f "$build/CMakeCache.txt" ]; then
    deps=
    [ -d build/deps/usr ] && deps="-DBERT_DEPS=$PWD/build/deps"
    # shellcheck disable=SC2086
    step cmake -S . -B "$build" $deps ${CMAKE_FLAGS:-}
fi
echo "building in $build …" >&2
step cmake --build "$build" -j "$(getconf _NPROCESSORS_ONLN)"
