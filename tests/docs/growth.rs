//! The plot of docs/performance.md is the one of the numbers beside it.

use std::process::Command;

use super::{check, has, root};

#[test]
fn the_plot_of_growth_is_drawn_from_its_csv() {
    let script = root().join("benches/growth.py");
    let csv = root().join("docs/growth.csv");
    let drawn = Command::new("python3")
        .arg(script)
        .arg(csv)
        .arg("-")
        .output();
    if !has("python3", drawn.is_ok()) {
        return;
    }
    let drawn = drawn.unwrap();
    assert!(drawn.status.success(), "{drawn:?}");
    check(&root().join("docs/growth.svg"), &drawn.stdout);
}
