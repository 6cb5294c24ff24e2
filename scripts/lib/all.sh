# shellcheck shell=bash
# What every script starts from: where the tree is, where its state is kept, and the parts in this folder.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Cluster, passwords and stamps; FRESHET_STATE lets two trees or tests of these scripts keep apart.
export STATE_DIR=${FRESHET_STATE:-$ROOT/.freshet}

# shellcheck source=scripts/lib/say.sh
. "$ROOT/scripts/lib/say.sh"
# shellcheck source=scripts/lib/stamp.sh
. "$ROOT/scripts/lib/stamp.sh"
# shellcheck source=scripts/lib/port.sh
. "$ROOT/scripts/lib/port.sh"
# shellcheck source=scripts/lib/build.sh
. "$ROOT/scripts/lib/build.sh"
# shellcheck source=scripts/lib/node.sh
. "$ROOT/scripts/lib/node.sh"
# shellcheck source=scripts/lib/server.sh
. "$ROOT/scripts/lib/server.sh"
# shellcheck source=scripts/lib/cluster.sh
. "$ROOT/scripts/lib/cluster.sh"
# shellcheck source=scripts/lib/roles.sh
. "$ROOT/scripts/lib/roles.sh"
# shellcheck source=scripts/lib/service.sh
. "$ROOT/scripts/lib/service.sh"
# shellcheck source=scripts/lib/gateway.sh
. "$ROOT/scripts/lib/gateway.sh"
# shellcheck source=scripts/lib/example.sh
. "$ROOT/scripts/lib/example.sh"
