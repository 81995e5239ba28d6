//! Three nodes with synchronous replication. When the primary dies, Patroni makes another node the
//! primary: no change that was acknowledged is lost, and the primary accepts no secret whose end
//! was acknowledged.
//!
//! `cargo test --test postgres server_cluster -- --nocapture` prints the times.

mod clients;
mod cluster;
mod record;

use std::io::Write;
use std::time::{Duration, Instant};

use clients::Clients;
use cluster::{Cluster, Side};

/// The number of changes, and of verdicts, for which the tests wait.
const ANSWERS: usize = 30;

#[test]
fn after_the_death_of_the_leader_every_acknowledged_change_counts() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let clients = Clients::new(&cluster);
    let record = &clients.record;
    let killed = std::thread::scope(|scope| {
        let _stop = clients.start(scope);
        record.wait_for_answers(Side::Bridge, Instant::now(), ANSWERS);
        let leader = cluster.wait_for_leader();
        // A change that is acknowledged although it is only on the leader would now be lost.
        cluster.run_line("pkill -STOP -f ': walsender '");
        std::thread::sleep(Duration::from_secs(1));
        let killed = Instant::now();
        cluster.run_line(&format!("stop {leader}"));
        record.wait_for_answers(Side::Bridge, killed, ANSWERS);
        cluster.run_line(&format!("start {leader}"));
        cluster.wait_until_whole();
        record.wait_for_answers(Side::Bridge, Instant::now(), ANSWERS);
        killed
    });
    record.check(&cluster);
    print(&format!(
        "the leader was killed; {}",
        record.summary(killed)
    ));
}

#[test]
fn a_leader_that_is_cut_off_acknowledges_no_change_and_nothing_acknowledged_is_lost() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let clients = Clients::new(&cluster);
    let record = &clients.record;
    let (side, cut, healed) = std::thread::scope(|scope| {
        let _stop = clients.start(scope);
        record.wait_for_answers(Side::Bridge, Instant::now(), ANSWERS);
        let leader = cluster.wait_for_leader();
        let side = Side::Node(leader);
        clients.start_on(scope, leader);
        record.wait_for_answers(side, Instant::now(), 1);
        cluster.run_line(&format!("ip link set node{leader} down"));
        let cut = Instant::now();
        record.wait_for_answers(Side::Bridge, cut, ANSWERS);
        record.wait_for_refusal(side, cut);
        let healed = Instant::now();
        cluster.run_line(&format!("ip link set node{leader} up"));
        cluster.wait_until_whole();
        for side in [Side::Bridge, side] {
            record.wait_for_answers(side, Instant::now(), ANSWERS);
        }
        (side, cut, healed)
    });
    let runs = record.runs(side, cut);
    let mut changes = runs.iter().filter(|run| run.is_change && run.end < healed);
    assert!(!changes.any(|run| run.code == 0), "{runs:#?}");
    record.check(&cluster);
    let stale = record.stale_summary(side, cut, healed);
    let summary = record.summary(cut);
    print(&format!("the leader was cut off; {stale}; {summary}"));
}

/// Prints a line although the test passes.
fn print(line: &str) {
    // The test harness captures eprintln.
    let _ = writeln!(std::io::stderr(), "server_cluster: {line}");
}
