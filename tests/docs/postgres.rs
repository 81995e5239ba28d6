//! The commands of docs/postgresql.md run as they stand, on one server without TLS; and so do the
//! other examples on a server, except that their URIs are replaced by that of a database of the
//! test.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::Once;

use super::examples::{Scene, is_on_server, lines, path};
use super::guides::PREPARATION;
use super::markdown::blocks;
use super::sandbox::{Ran, Sandbox, finish};
use super::server::{Database, Server};

const GUIDE: &str = "docs/postgresql.md";

/// Runs the rest of its arguments, as the user who runs the tests.
const SUDO: &str = "#!/bin/sh\nshift 2\nexec \"$@\"\n";

/// Returns a server. On a machine without PostgreSQL, says that the test is left out.
fn server() -> Option<&'static Server> {
    let server = Server::shared();
    if server.is_none() {
        // The test harness captures eprintln.
        let left_out = "left out: the guide to PostgreSQL, because PostgreSQL is missing";
        let _ = writeln!(std::io::stderr(), "{left_out}");
    }
    server
}

/// Returns the block of the guide in `language` that contains `text`.
fn block(language: &str, text: &str) -> String {
    let blocks = blocks(GUIDE, language);
    let mut found = blocks.into_iter().filter(|block| block.contains(text));
    let block = found
        .next()
        .unwrap_or_else(|| panic!("no block has {text}"));
    assert!(found.next().is_none(), "several blocks have {text}");
    block
}

/// Creates the guide's role of a verifier on the server, once.
fn create_verifier(database: &Database) {
    static CREATED: Once = Once::new();
    CREATED.call_once(|| {
        let roles: String = block("sql", "CREATE ROLE apikey")
            .lines()
            .filter(|line| line.starts_with("CREATE ROLE verifier"))
            .collect();
        database.query(&roles);
    });
}

/// Writes the guide's service files for `database` to the home directory of `sandbox`.
fn write_services(sandbox: &Sandbox, database: &Database) {
    let uri = database.uri();
    let (_, directory) = uri.split_once("?host=").unwrap();
    let hosts = "db1.example.com,db2.example.com,db3.example.com";
    let services: String = ["[apikey]", "[apikey-verify]"]
        .map(|name| block("ini", name))
        .concat()
        .replace(hosts, directory)
        .replace("dbname=apikey", &format!("dbname={}", database.name()))
        .lines()
        .filter(|line| !line.contains("/etc/apikey/"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(sandbox.path(".pg_service.conf"), services).unwrap();
}

/// The home directory of every account in the guide, with its service files, for `database`.
fn home(database: &Database) -> Sandbox {
    let sandbox = Sandbox::empty();
    write_services(&sandbox, database);
    std::fs::create_dir(sandbox.path("bin")).unwrap();
    let sudo = sandbox.path("bin/sudo");
    std::fs::write(&sudo, SUDO).unwrap();
    std::fs::set_permissions(&sudo, std::fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

fn run(sandbox: &Sandbox, commands: &str) -> Ran {
    let script = format!("set -e; PATH=$HOME/bin:$PATH\n{commands}");
    let script = script.replace("/usr/bin/apikey", "apikey");
    let mut shell = sandbox.program("/bin/sh");
    shell.args(["-c", &script]).env("PATH", path());
    finish(shell.spawn().unwrap())
}

#[test]
fn the_guide_to_postgresql_leads_to_a_verified_secret() {
    let Some(server) = server() else {
        return;
    };
    let database = server.create_database();
    let sandbox = home(&database);
    create_verifier(&database);
    let initialised = run(&sandbox, &block("sh", "init --shared verifier\n")).succeeds();
    initialised.says("the role \"verifier\" may verify");
    run(&sandbox, &block("sh", "alias apikey")).succeeds();
    let verified = run(&sandbox, &block("sh", "service=apikey-verify")).succeeds();
    assert_eq!(verified.stdout, "accepted shop\n");
    // The guide says that the role can do no more.
    for command in ["log", "deactivate shop", "create x -g readonly"] {
        run(
            &sandbox,
            &format!("apikey --db service=apikey-verify {command}"),
        )
        .exits(4);
    }
    let upgraded = run(&sandbox, &block("sh", "init --upgrade")).succeeds();
    upgraded.says("already current");
}

/// Returns `example` with `uri` in place of every URI.
fn at(uri: &str, example: &str) -> String {
    let words = example.split(' ').map(|word| {
        let is_uri = word.starts_with("postgres://");
        if is_uri {
            format!("'{uri}'")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<String>>().join(" ")
}

#[test]
fn every_example_on_a_server_runs() {
    let Some(server) = server() else {
        return;
    };
    let guides = PREPARATION.iter().flat_map(|(page, _)| {
        let blocks = blocks(page, "sh").into_iter();
        // Without a terminal there is no confirmation.
        blocks.map(|block| {
            (
                (*page).to_owned(),
                block.replace(" restore ", " --yes restore "),
            )
        })
    });
    let examples = lines().into_iter().chain(guides);
    let examples: Vec<_> = examples.filter(|(_, text)| is_on_server(text)).collect();
    assert!(!examples.is_empty());
    let template = Scene::new();
    for (page, example) in examples {
        let (database, scene) = (server.create_database(), template.copy());
        create_verifier(&database);
        write_services(&scene.sandbox, &database);
        if example.contains("--upgrade") {
            scene.run("apikey --db service=apikey init").succeeds();
        }
        let ran = scene.run(&format!("set -e\n{}", at(&database.uri(), &example)));
        assert_eq!(ran.code, 0, "{page}: {example}: {ran:?}");
    }
}

#[test]
fn the_settings_in_the_guide_to_postgresql_exist() {
    let Some(server) = server() else {
        return;
    };
    let database = server.create_database();
    let settings = block("ini", "cluster_name");
    let names = settings
        .lines()
        .map(|line| line.split(" =").next().unwrap());
    for name in names.chain(["synchronous_standby_names"]) {
        let known = format!("SELECT count(*) FROM pg_settings WHERE name = '{name}'");
        assert_eq!(database.query(&known), "1\n", "{name}");
    }
}
