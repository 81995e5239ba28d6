//! The README's lines for installing put manual and completions where `man` and the shells
//! look for them.

use std::path::PathBuf;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use super::markdown::blocks;
use super::sandbox::{APIKEY, Sandbox, finish, has};
use super::waiting::{TERMINAL_PATIENCE, is_installed, run};
use super::{names_in, root};

/// Returns the first line of `apikey set-groups --help`; `apikey set-g` doesn't print it.
fn completed() -> String {
    let command = apikey::cli::command();
    let command = command.find_subcommand("set-groups").unwrap();
    command.get_about().unwrap().to_string()
}

/// A HOME in which the README's lines were run from a clone, with the binary under test in
/// place of `cargo install`.
struct Installed {
    home: Sandbox,
}

impl Installed {
    fn as_the_readme_says() -> Self {
        let home = Sandbox::empty();
        let bin = home.path(".cargo/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(APIKEY, bin.join("apikey")).unwrap();
        let all = blocks("README.md", "sh");
        let block = all
            .iter()
            .find(|block| block.contains("completions/"))
            .unwrap();
        let (cargo, lines) = block.split_once('\n').unwrap();
        assert_eq!(cargo, "cargo install --path . --locked");
        assert_eq!(lines.lines().count(), 4, "{lines}");
        let mut shell = home.program("/bin/sh");
        shell.args(["-ec", lines]).current_dir(root());
        let ran = finish(shell.spawn().unwrap()).succeeds();
        assert_eq!(ran.stdout + &ran.stderr, "");
        Self { home }
    }

    /// Returns `program` with `apikey` in PATH, as at a terminal.
    fn program(&self, program: &str) -> Command {
        let mut path = vec![self.home.path(".cargo/bin")];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.home.home())
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("TERM", "xterm")
            .current_dir(self.home.home());
        command
    }

    /// Runs `program` in a terminal until it prompts.
    fn shell(&self, program: &str, args: &[&str]) -> PtySession {
        let mut command = self.program(program);
        command.args(args).env("PS1", "ready> ");
        let mut session = spawn_command(command, TERMINAL_PATIENCE).unwrap();
        session.exp_string("ready> ").unwrap();
        session
    }
}

/// Types half a command and Tab, and checks the completed command.
#[track_caller]
fn completes(session: &mut PtySession) {
    session.send("apikey set-g\t--help | head -n 1\n").unwrap();
    session.flush().unwrap();
    session.exp_string(&completed()).unwrap();
    session.send_line("exit").unwrap();
    session.exp_eof().unwrap();
}

#[test]
fn the_readmes_lines_put_every_page_where_man_looks() {
    let installed = Installed::as_the_readme_says();
    let version = || run(installed.program("man").arg("--version")).stdout;
    let is_man_db = is_installed("man") && version().starts_with(b"man 2");
    if !has("man-db", is_man_db) {
        return;
    }
    let home = installed.home.home().canonicalize().unwrap();
    for file in names_in("man") {
        let page = file.trim_end_matches(".1");
        let found = run(installed.program("man").args(["-w", page]));
        let found = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
        let expected = home.join(".cargo/share/man/man1").join(&file);
        assert_eq!(found.canonicalize().unwrap_or_default(), expected, "{page}");
    }
}

#[test]
fn the_readmes_lines_make_bash_complete() {
    const LOADER: &str = "/usr/share/bash-completion/bash_completion";
    if !has("bash-completion", std::path::Path::new(LOADER).exists()) {
        return;
    }
    let installed = Installed::as_the_readme_says();
    let rc = installed.home.path("rc");
    std::fs::write(&rc, format!(". {LOADER}\nPS1='ready> '\n")).unwrap();
    let mut session = installed.shell("bash", &["--rcfile", rc.to_str().unwrap(), "-i"]);
    completes(&mut session);
}

#[test]
fn the_readmes_lines_make_zsh_complete() {
    if !has("zsh", is_installed("zsh")) {
        return;
    }
    let installed = Installed::as_the_readme_says();
    let line = &blocks("README.md", "zsh")[0];
    let rc = format!("{line}autoload -Uz compinit && compinit\nPS1='ready> '\n");
    std::fs::write(installed.home.path(".zshrc"), rc).unwrap();
    let mut session = installed.shell("zsh", &["--no-globalrcs", "-i"]);
    completes(&mut session);
}

#[test]
fn the_readmes_lines_make_fish_complete() {
    if !has("fish", is_installed("fish")) {
        return;
    }
    let installed = Installed::as_the_readme_says();
    let line = "complete --do-complete 'apikey set-g'";
    let found = run(installed.program("fish").args(["-c", line]));
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.starts_with("set-groups"), "{found:?}");
}

#[test]
fn the_debian_package_is_of_this_version() {
    let changelog = std::fs::read_to_string(root().join("debian/changelog")).unwrap();
    let head = format!("apikey ({}-1) ", env!("CARGO_PKG_VERSION"));
    assert!(changelog.starts_with(&head), "{changelog}");
}

/// Returns the value of the field `name`, which Cargo.toml has once.
fn field(name: &str) -> String {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let begin = format!("\n{name} = \"");
    let (_, after) = manifest.split_once(&begin).unwrap();
    after.split_once('"').unwrap().0.to_owned()
}

#[test]
fn the_packages_synopsis_is_shorter_than_eighty_characters() {
    // cargo-deb moves the rest of a longer synopsis into the text below.
    let synopsis = field("description");
    assert!(synopsis.len() < 80, "{synopsis}");
}

#[test]
fn every_path_of_the_program_is_the_packages() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains(r#"["target/release/apikey", "usr/bin/", "755"]"#));
    let mut pages = vec![root().join("README.md"), root().join("SECURITY.md")];
    for directory in ["docs", "man"] {
        pages.extend(
            names_in(directory)
                .iter()
                .map(|name| root().join(directory).join(name)),
        );
    }
    let mut named = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        // One sentence is about installing without the package.
        let text = text.replace("target/release/apikey /usr/local/bin/apikey`", "");
        let text = text.replace("`/usr/local/bin/apikey` takes the place", "");
        assert!(
            !text.contains("/usr/local/bin/apikey"),
            "{}",
            page.display()
        );
        named += text.matches("/usr/bin/apikey").count();
    }
    assert!(named > 5, "{named}");
}

/// The fuzz targets are a package of their own, whose lock file no other test reads.
#[test]
fn the_lock_file_of_the_fuzz_targets_has_every_dependency() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let section = |text: &str, from: &str, to: &str| -> Vec<String> {
        let (_, rest) = text.split_once(from).unwrap();
        let (section, _) = rest.split_once(to).unwrap();
        // The fuzz targets use no optional dependency.
        let is_wanted = |line: &&str| !line.starts_with('#') && !line.contains("optional = true");
        let lines = section.lines().filter(is_wanted);
        let word = |line: &str| line.trim_matches([' ', '"', ',']).to_owned();
        let names = lines.filter_map(|line| line.split(" = ").next().map(word));
        names.filter(|name| !name.is_empty()).collect()
    };
    let wanted = section(&read("Cargo.toml"), "[dependencies]\n", "\n[");
    let lock = read("fuzz/Cargo.lock");
    let (_, package) = lock.split_once("\nname = \"apikey\"\n").unwrap();
    let locked = section(package, "dependencies = [\n", "\n]");
    assert!(wanted.len() > 20, "{wanted:?}");
    assert_eq!(locked, wanted, "run `cargo fetch` in fuzz/");
}
