//! The plot in docs/performance.md shows the numbers of its csv file.

use std::process::Command;

use super::sandbox::has;
use super::waiting::{is_installed, run};
use super::{check, root};

#[test]
fn the_plot_of_growth_is_drawn_from_its_csv() {
    let script = root().join("benches/growth.py");
    let csv = root().join("docs/growth.csv");
    if !has("python3", is_installed("python3")) {
        return;
    }
    let drawn = run(Command::new("python3").arg(script).arg(csv).arg("-"));
    assert!(drawn.status.success(), "{drawn:?}");
    check(&root().join("docs/growth.svg"), &drawn.stdout);
}
