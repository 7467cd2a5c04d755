# What `cmake --install` puts where: the header, both libraries, a pkg-config file, a CMake package
# (find_package(bert): bert::bert is the shared library, bert::bert_static the static one) and the
# programs that were built with their manual pages and completions. Nothing installed names the prefix, so the tree may be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(FILES include/bert.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS bert_shared bert_static EXPORT bertTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(program IN LISTS BERT_PROGRAMS)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/bert)
set_target_properties(bert_shared PROPERTIES EXPORT_NAME bert)
install(EXPORT bertTargets NAMESPACE bert:: DESTINATION ${package})
configure_package_config_file(cmake/bertConfig.cmake.in ${CMAKE_BINARY_DIR}/bertConfig.cmake
                              INSTALL_DESTINATION ${package})
# Until version 1, a new minor version may change the interface.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/bertConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/bertConfig.cmake ${CMAKE_BINARY_DIR}/bertConfigVersion.cmake
        DESTINATION ${package})

# The prefix as seen from the pkg-config file's folder.
file(RELATIVE_PATH BERT_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
     ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/bert.pc.in ${CMAKE_BINARY_DIR}/bert.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/bert.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Where man, bash, zsh and fish look under a prefix.
install(DIRECTORY ${BERT_SHARE}/ DESTINATION ${CMAKE_INSTALL_DATADIR} PATTERN stamp EXCLUDE)
