// What the shim itself has to say, on stderr.
#pragma once

namespace memguard::shim {

/// "memguard-shim: DOING NAME: " and the errno's text, as a line. Of `name`, which cargo's configuration may have
/// brought from anywhere, only letters that drive no terminal are shown: '?' stands for bytes that are no printable
/// ASCII.
void complain(const char* doing, const char* name, int error);

}  // namespace memguard::shim
