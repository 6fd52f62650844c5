from poise_common.platform.lean_libraries import install

install()
