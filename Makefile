# A thin face on CMake: make, make test, make bench. Nothing here installs anything; see ./setup.
BUILD ?= build

all: $(BUILD)/CMakeCache.txt
	@cmake --build $(BUILD) -j "$$(getconf _NPROCESSORS_ONLN)"

$(BUILD)/CMakeCache.txt:
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS)

test: all
	@cd $(BUILD) && ctest --output-on-failure

bench: all
	@$(BUILD)/bert bench

clean:
	@rm -rf $(BUILD)

.PHONY: all test bench clean
