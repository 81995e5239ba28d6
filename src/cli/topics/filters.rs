//! The topic filters. A test compares it with the commands that have filters.

use super::topic::{Part, Topic, terms};

pub(super) fn filters() -> Topic {
    let overview = Part {
        prose: &[
            "A filter selects keys by a fact: --status, --group, --unused-for and others, which \
             `apikey help list` describes. Filters combine with AND; repeating one means OR, \
             but one that takes a duration or a date can be given only once. A filter with an \
             empty value is an error, since a script with an unset variable would otherwise select \
             every key.",
            "--unused-for and --never-used leave out keys whose last use is unknown, and a warning \
             counts these.",
        ],
        ..Part::default()
    };
    let changes = Part {
        heading: Some("Changes of many keys"),
        prose: &[
            "activate, deactivate, delete, finish-rotation, set-expiry, set-groups with --add or \
             --remove, set-meta and set-owner take filters in place of KEYs; both together are an \
             error. With filters, every word is a value, such as the new owner, and none is a KEY.",
            "The command prints how many keys would change and the first twenty names, and asks \
             for confirmation; --yes confirms. Then it changes all of these keys or none, in one \
             transaction. The log has an entry for each key, with the filters. If no key is \
             selected, the exit code is 0.",
        ],
        terms: terms(&[
            (
                "not selected",
                "keys that would stay as they are; pending keys, unless --status pending is given; and \
                 for `delete` also active and blocked keys, unless --active is given",
            ),
            (
                "--at-most N",
                "nothing changes and the error is too-many if more than N keys would change; more \
                 than 100,000 never change at once",
            ),
            (
                "--dry-run",
                "reports what would change, after the same checks, and changes nothing",
            ),
        ]),
        examples: &[
            "apikey deactivate --unused-for 180d --dry-run",
            "apikey deactivate --unused-for 180d --at-most 20 --yes",
        ],
        ..Part::default()
    };
    Topic {
        name: "filters",
        about: "filters of keys, and changes of many keys",
        section: "FILTERS",
        parts: vec![overview, changes],
    }
}
