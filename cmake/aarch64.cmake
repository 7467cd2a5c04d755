# Cross-building for 64-bit ARM on Linux; programs, tests among them, run under QEMU's user mode:
#     cmake -S . -B build-aarch64 -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake
# Debian's packages: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user; an ARM cmocka unpacked
# into a folder is found by -DBERT_DEPS=FOLDER.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Headers and libraries of ARM alone: the compiler's own, and those of -DBERT_DEPS.
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu ${BERT_DEPS})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BERT_DEPS)
