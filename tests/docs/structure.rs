//! Checks the sources against the map in `src/lib.rs`: each module imports only those that
//! the map names, and no two files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::root;

/// A file of `src` other than tests and fuzzing.
struct Source {
    /// Paths in the file, relative or from `crate`: one for each name of a `use`.
    paths: Vec<String>,
    /// Modules that the file declares.
    modules: Vec<String>,
    code: String,
}

/// Files by module path, such as `store::keys`; the path of `lib.rs` is empty.
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
                found.insert(module_path(&path), source(&path));
            }
        }
    }
    found
}

/// Returns the module path of the file at `path`.
fn module_path(path: &Path) -> String {
    let path = path.strip_prefix(root().join("src")).unwrap();
    let path = path.with_extension("").to_str().unwrap().replace('/', "::");
    let path = path.strip_suffix("::mod").unwrap_or(&path);
    path.strip_prefix("lib").unwrap_or(path).to_owned()
}

/// Reads a file without its comments and its code for tests. rustfmt keeps comments and
/// attributes on lines of their own.
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
    // A path through an imported module reaches further than the module.
    let imported = paths.clone();
    let through = |path: &str| {
        let (first, rest) = path.split_once("::")?;
        let is_head = |import: &&String| import.ends_with(&format!("::{first}"));
        let head = imported.iter().find(is_head)?;
        Some(format!("{head}::{rest}"))
    };
    let is_in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let all = || code.split(|c| !is_in_path(c));
    paths.extend(all().filter_map(through));
    let inline = all().filter(|path| {
        let first = path.split_once("::").map_or("", |(first, _)| first);
        matches!(first, "crate" | "super") || modules.iter().any(|module| module == first)
    });
    // Neither the scope of `pub(in crate::store)` nor the head of a `use` is an import.
    let inline = inline.filter(|path| !code.contains(&format!("(in {path})")));
    paths.extend(
        inline
            .filter(|path| !path.ends_with(':'))
            .map(str::to_owned),
    );
    Source {
        paths,
        modules,
        code,
    }
}

/// Returns the text between `keyword` and the semicolon, for each statement that begins
/// with `keyword`.
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

/// Expands the tree of a `use`: `a::{b, c::{self, d}}` to `a::b`, `a::c` and `a::c::d`.
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

/// Resolves `path`, as the file of `module` has it, from the root of the crate. Returns
/// none for another crate's path.
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

/// Returns the module whose file defines `path`. Follows at most `depth` re-exports.
fn defining_module(sources: &Sources, path: &str, depth: usize) -> String {
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
        Some(target) => defining_module(sources, target.trim_end_matches("::*"), depth - 1),
        None => module.to_owned(),
    }
}

/// Returns the modules that each module imports. The modules that contain it don't count,
/// since a part may use the types of the module above. A re-export counts as an import of
/// the module that defines the name.
fn imports(sources: &Sources) -> BTreeMap<&str, BTreeSet<String>> {
    let is_within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        outer.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let imports = sources.iter().map(|(module, source)| {
        let paths = source.paths.iter();
        let imported = paths.filter_map(|path| absolute(sources, module, path));
        let imported = imported.map(|path| defining_module(sources, &path, 5));
        let imported = imported.filter(|imported| !is_within(module, imported));
        (module.as_str(), imported.collect())
    });
    imports.collect()
}

/// Returns the modules that `from` imports, directly or through others.
fn reachable<'a>(
    imports: &'a BTreeMap<&str, BTreeSet<String>>,
    from: &'a str,
) -> BTreeSet<&'a str> {
    let mut reachable = BTreeSet::new();
    let mut queue = vec![from];
    while let Some(module) = queue.pop() {
        let next = imports[module].iter().map(String::as_str);
        queue.extend(next.filter(|next| reachable.insert(*next)));
    }
    reachable
}

#[test]
fn no_files_import_each_other() {
    let sources = sources();
    let imports = imports(&sources);
    let all = imports
        .keys()
        .map(|module| (*module, reachable(&imports, module)));
    let reachable: BTreeMap<&str, BTreeSet<&str>> = all.collect();
    let cyclic = reachable
        .iter()
        .filter(|(module, others)| others.contains(*module));
    let cycles = cyclic.map(|(module, others)| {
        let others = others.iter().copied();
        others
            .filter(|other| reachable[other].contains(module))
            .collect()
    });
    let cycles: BTreeSet<Vec<&str>> = cycles.collect();
    assert!(
        cycles.is_empty(),
        "files that import each other: {cycles:#?}"
    );
}

#[test]
fn modules_import_only_those_that_the_map_names() {
    let map = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | "));
    let mut allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.filter(|row| row.contains('`')) {
        let cells: Vec<&str> = row.split(" |").collect();
        let module = cells[0].split('`').nth(1).unwrap();
        let others = cells[2].split('`').skip(1).step_by(2);
        allowed.insert(module, others.chain([module]).collect());
    }
    let sources = sources();
    let top_level = |module: &str| module.split("::").next().unwrap().to_owned();
    let modules: BTreeSet<String> = sources.keys().map(|module| top_level(module)).collect();
    for name in modules.iter().filter(|name| !name.is_empty()) {
        assert!(
            allowed.contains_key(name.as_str()),
            "{name} is not in the map"
        );
    }
    for (module, imported) in imports(&sources) {
        let Some(allowed) = allowed.get(top_level(module).as_str()) else {
            continue;
        };
        for other in imported {
            let name = top_level(&other);
            assert!(
                allowed.contains(name.as_str()),
                "{module} imports {other}, which the map in src/lib.rs doesn't allow"
            );
        }
    }
}
