//! The sources follow the map in `src/lib.rs`: each module knows those that the map names,
//! and no files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::root;

/// A file of `src`, tests and fuzzing aside.
struct Source {
    /// Paths that the file names, relative or from `crate`, one for each name of a `use`.
    paths: Vec<String>,
    /// The file's own modules.
    modules: Vec<String>,
    code: String,
}

/// Files by module path: `store::keys`, and an empty path for `lib.rs`.
type Sources = BTreeMap<String, Source>;

fn sources() -> Sources {
    let mut found = Sources::new();
    let mut directories = vec![root().join("src")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") || path.ends_with("fuzzing") {
                continue;
            } else if path.is_dir() {
                directories.push(path);
            } else if !path.ends_with("tests.rs") && !path.ends_with("main.rs") {
                found.insert(module(&path), source(&path));
            }
        }
    }
    found
}

/// The module path of the file at `path`.
fn module(path: &Path) -> String {
    let path = path.strip_prefix(root().join("src")).unwrap();
    let path = path.with_extension("").to_str().unwrap().replace('/', "::");
    let path = path.strip_suffix("::mod").unwrap_or(&path);
    path.strip_prefix("lib").unwrap_or(path).to_owned()
}

/// Reads a file without comments, and without what is only compiled for tests. rustfmt
/// keeps comments and attributes on lines of their own.
fn source(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let mut code = String::new();
    let mut lines = text.lines().map(str::trim_start).peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(any(fuzzing, test))]") {
            match lines.peek() {
                Some(next) if next.starts_with("mod tests {") => break,
                Some(next) if next.ends_with(';') => drop(lines.next()),
                _ => {}
            }
        } else if !line.starts_with("//") {
            code.push_str(line);
            code.push(' ');
        }
    }
    let modules: Vec<String> = statements(&code, "mod ").map(str::to_owned).collect();
    let mut paths: Vec<String> = statements(&code, "use ").flat_map(expanded).collect();
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let named = code.split(|c| !is_part(c)).filter(|path| {
        let first = path.split_once("::").map_or("", |(first, _)| first);
        matches!(first, "crate" | "super") || modules.iter().any(|module| module == first)
    });
    // The scope of `pub(in crate::store)` is no import; neither is the head of a `use`.
    let named = named.filter(|path| !code.contains(&format!("(in {path})")));
    paths.extend(named.filter(|path| !path.ends_with(':')).map(str::to_owned));
    Source {
        paths,
        modules,
        code,
    }
}

/// What stands between `keyword` and a semicolon, for each statement that begins so.
fn statements<'a>(code: &'a str, keyword: &'a str) -> impl Iterator<Item = &'a str> {
    let starts = code.match_indices(keyword).filter(|(at, _)| {
        let before = code[..*at].trim_end();
        before.is_empty() || before.ends_with([';', '{', '}', ']', ')']) || before.ends_with("pub")
    });
    starts.filter_map(move |(at, _)| {
        let (statement, _) = code[at + keyword.len()..].split_once(';')?;
        let is_name = |c: char| c.is_alphanumeric() || "_:{}, *".contains(c);
        statement.chars().all(is_name).then_some(statement)
    })
}

/// The paths of a `use`, each in full: `a::{b, c::{self, d}}` is `a::b`, `a::c`, `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.to_owned()];
    };
    let inner = rest.strip_suffix('}').unwrap();
    let (mut depth, mut start, mut paths) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                paths.extend(expanded(&inner[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    let full = |path: String| match path.as_str() {
        "self" => head.trim_end_matches("::").to_owned(),
        path => format!("{head}{path}"),
    };
    let paths = paths.into_iter().filter(|path| !path.is_empty());
    paths.map(full).collect()
}

/// `path`, as the file of `module` names it, from the root of the crate; none for what is
/// of another crate.
fn absolute(sources: &Sources, module: &str, path: &str) -> Option<String> {
    if let Some(path) = path.strip_prefix("crate::") {
        return Some(path.to_owned());
    }
    let (mut base, mut path) = (module, path);
    while let Some(rest) = path.strip_prefix("super::") {
        base = base.rsplit_once("::").map_or("", |(above, _)| above);
        path = rest;
    }
    let is_relative = base.len() < module.len();
    let first = path.split("::").next()?.to_owned();
    let is_own = sources[module].modules.contains(&first);
    let full = format!("{base}::{path}");
    (is_relative || is_own).then(|| full.trim_start_matches("::").to_owned())
}

/// The module whose file defines `path`, followed through what is imported and exported
/// again.
fn definer(sources: &Sources, path: &str, depth: usize) -> String {
    let mut module = path;
    while !sources.contains_key(module) {
        module = module.rsplit_once("::").map_or("", |(above, _)| above);
    }
    let rest = path[module.len()..].trim_start_matches("::");
    let name = rest.split("::").next().unwrap();
    let source = &sources[module];
    let defines = |source: &Source| {
        let kinds = ["struct", "enum", "fn", "const", "static", "type", "trait"];
        let ends = |c: char| !c.is_alphanumeric() && c != '_';
        kinds.iter().any(|kind| {
            let definition = format!("{kind} {name}");
            let mut found = source.code.match_indices(&definition);
            found.any(|(at, _)| source.code[at + definition.len()..].starts_with(ends))
        })
    };
    if name.is_empty() || defines(source) || depth == 0 {
        return module.to_owned();
    }
    let imported = source.paths.iter().find_map(|imported| {
        let target = absolute(sources, module, imported)?;
        match target.strip_suffix("::*") {
            Some(all) => sources.get(all).filter(|all| defines(all)).map(|_| target),
            None => (target.rsplit("::").next() == Some(name)).then_some(target),
        }
    });
    match imported {
        Some(target) => definer(sources, target.trim_end_matches("::*"), depth - 1),
        None => module.to_owned(),
    }
}

/// Which modules each file knows. A module that exports what its own modules define does
/// not know them by that, and none is said to know those that it is part of: the types
/// of a noun stand there.
fn knowledge(sources: &Sources) -> BTreeMap<&str, BTreeSet<String>> {
    let is_within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        outer.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let known = sources.iter().map(|(module, source)| {
        let paths = source.paths.iter();
        let known = paths.filter_map(|path| absolute(sources, module, path));
        let known = known.map(|path| definer(sources, &path, 5));
        let known = known.filter(|known| !is_within(module, known));
        (module.as_str(), known.collect())
    });
    known.collect()
}

/// The modules that `from` knows, and that those know in turn.
fn reached<'a>(known: &'a BTreeMap<&str, BTreeSet<String>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(module) = waiting.pop() {
        let next = known[module].iter().map(String::as_str);
        waiting.extend(next.filter(|next| reached.insert(*next)));
    }
    reached
}

#[test]
fn no_files_import_each_other() {
    let sources = sources();
    let known = knowledge(&sources);
    let all = known
        .keys()
        .map(|module| (*module, reached(&known, module)));
    let reached: BTreeMap<&str, BTreeSet<&str>> = all.collect();
    let circles = reached
        .iter()
        .filter(|(module, others)| others.contains(*module));
    let circles = circles.map(|(module, others)| {
        let others = others.iter().copied();
        others
            .filter(|other| reached[other].contains(module))
            .collect()
    });
    let circles: BTreeSet<Vec<&str>> = circles.collect();
    assert!(
        circles.is_empty(),
        "files that import each other: {circles:#?}"
    );
}

#[test]
fn modules_know_only_those_that_the_map_names() {
    let map = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | "));
    let mut allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.filter(|row| row.contains('`')) {
        let cells: Vec<&str> = row.split(" |").collect();
        let module = cells[0].split('`').nth(1).unwrap();
        let known = cells[2].split('`').skip(1).step_by(2);
        allowed.insert(module, known.chain([module]).collect());
    }
    let sources = sources();
    let room = |module: &str| module.split("::").next().unwrap().to_owned();
    let rooms: BTreeSet<String> = sources.keys().map(|module| room(module)).collect();
    for name in rooms.iter().filter(|name| !name.is_empty()) {
        assert!(
            allowed.contains_key(name.as_str()),
            "{name} is not in the map"
        );
    }
    for (module, known) in knowledge(&sources) {
        let Some(allowed) = allowed.get(room(module).as_str()) else {
            continue;
        };
        for other in known {
            let name = room(&other);
            assert!(
                allowed.contains(name.as_str()),
                "{module} knows {other}, which the map in src/lib.rs doesn't allow"
            );
        }
    }
}
