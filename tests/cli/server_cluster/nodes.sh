# Runs three nodes, each like a machine of its own, then each line of stdin as a command, with a
# line `.` after its output. It is the first process of its namespaces: when it ends, so does
# every process of the nodes, and their files, network and shared memory are gone.
# $1: the programs of PostgreSQL; $2, $3: user and group id of the server.
set -eu
programs=$1 user=$2 group=$3

mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=1777 shm /dev/shm
mkdir /run/netns /run/user
# The hash slots of the clients.
mkdir -m 700 /run/user/0
ip link set lo up
ip link add bridge type bridge
ip address add 10.0.0.254/24 dev bridge
ip link set bridge up

# Gives node $1 a network and its settings.
prepare() {
    ip netns add "$1"
    ip link add "node$1" master bridge up type veth peer name eth0 netns "$1"
    ip -n "$1" link set lo up
    ip -n "$1" address add "10.0.0.$1/24" dev eth0
    ip -n "$1" link set eth0 up
    mkdir "/run/$1"
    chown "$user:$group" "/run/$1"
    cat > "/run/$1/patroni.yml" << END
scope: keys
name: node$1
restapi: {listen: '10.0.0.$1:8008', connect_address: '10.0.0.$1:8008'}
etcd: {hosts: ['10.0.0.1:2379', '10.0.0.2:2379', '10.0.0.3:2379']}
bootstrap:
  dcs:
    # At least loop_wait + 2 * retry_timeout.
    ttl: 8
    loop_wait: 1
    retry_timeout: 3
    synchronous_mode: true
    synchronous_mode_strict: true
    synchronous_node_count: 1
    postgresql:
      remove_data_directory_on_diverged_timelines: true
      parameters:
        max_connections: 100
        shared_buffers: 16MB
        max_wal_size: 32MB
        wal_retrieve_retry_interval: 500ms
        # The files are in memory.
        fsync: 'off'
  initdb: [auth: trust, encoding: UTF8, locale: C, wal-segsize: '1', no-sync]
  pg_hba: [host all all 10.0.0.0/24 trust, host replication all 10.0.0.0/24 trust]
postgresql:
  bin_dir: $programs
  data_dir: /run/$1/data
  pgpass: /run/$1/pgpass
  listen: 10.0.0.$1:5432
  connect_address: 10.0.0.$1:5432
  parameters: {unix_socket_directories: /run/$1}
  authentication: {superuser: {username: test}, replication: {username: test}}
  basebackup: [no-sync, checkpoint: fast]
END
}

# The first process of node $1.
node='
cd "/run/$1"
peers=node1=http://10.0.0.1:2380,node2=http://10.0.0.2:2380,node3=http://10.0.0.3:2380
etcd --enable-v2 --name "node$1" --data-dir etcd --initial-cluster "$peers" \
    --listen-peer-urls "http://10.0.0.$1:2380" --initial-advertise-peer-urls "http://10.0.0.$1:2380" \
    --listen-client-urls "http://10.0.0.$1:2379" --advertise-client-urls "http://10.0.0.$1:2379" \
    > etcd.log 2>&1 &
patroni patroni.yml >> patroni.log 2>&1
wait
'

# Starts node $1, whose processes all end when the process in its file `pid` is killed.
start() {
    ip netns exec "$1" unshare --pid --ipc --fork --kill-child --mount-proc \
        setpriv --reuid="$user" --regid="$group" --clear-groups --pdeathsig keep \
        sh -c "$node" sh "$1" &
    echo $! > "/run/$1/pid"
}

# Kills every process of node $1 at once.
stop() {
    kill -KILL "$(cat "/run/$1/pid")"
}

for number in 1 2 3; do prepare "$number"; done
for number in 1 2 3; do start "$number"; done
while read -r line; do
    eval "$line" || :
    echo .
done
