# shellcheck shell=bash
# Choosing a port of 127.0.0.1.

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first free port from the one wished for.
free_port() {
  local port=$1
  local last=$((port + 200))
  while port_taken "$port"; do
    port=$((port + 1))
    [[ $port -le $last ]] || die "no free port between $1 and $last"
  done
  printf '%s\n' "$port"
}
