# nix build '.?dir=packaging', or as an input of another flake. Not published yet.
{
  description = "memguard: lets memory-hungry builds finish";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = made: nixpkgs.lib.genAttrs systems (system: made nixpkgs.legacyPackages.${system});
      # For the page of `memguard report --html`.
      d3 = pkgs: pkgs.fetchzip {
        url = "https://registry.npmjs.org/d3/-/d3-7.9.0.tgz";
        hash = "sha256-OaA9GaeQH/ZJGJnwG8DWTan+v/xBtq2PdiN0WXJ4Ivo=";
      };
      version = builtins.head (builtins.match ".*project\\(memguard VERSION ([0-9.]+).*"
        (builtins.readFile ../CMakeLists.txt));
    in
    {
      packages = each (pkgs: {
        default = pkgs.stdenv.mkDerivation {
          pname = "memguard";
          inherit version;
          src = ../.;
          nativeBuildInputs = [ pkgs.cmake pkgs.ninja pkgs.pkg-config ];
          buildInputs = [
            pkgs.cli11
            pkgs.fmt
            pkgs.libseccomp
            pkgs.ncurses
            pkgs.nlohmann_json
            pkgs.sqlite
            pkgs.sqlitecpp
            pkgs.systemd
            pkgs.tl-expected
            pkgs.tomlplusplus
          ];
          cmakeFlags = [ "-DMEMGUARD_TESTS=OFF" "-DMEMGUARD_D3=${d3 pkgs}/dist/d3.min.js" ];
          meta = {
            description = "Lets memory-hungry builds finish";
            license = [ pkgs.lib.licenses.asl20 pkgs.lib.licenses.isc ];
            platforms = systems;
            mainProgram = "memguard";
          };
        };
      });
    };
}
