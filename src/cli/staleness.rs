//! Warns of packs whose facts are old: policies change, and silence would read as agreement.

use crate::date::Date;
use crate::policy::{PackInfo, PolicySet};

use super::clock;
use super::console::Console;
use super::failure::Failure;

/// Facts older than this are worth a warning. Coverage articles are revised about twice a year,
/// amounts once.
const FRESH_DAYS: i32 = 270;

/// Tells once of all compiled-in packs whose newest fact is old.
pub fn warn(set: &PolicySet, console: &Console) -> Result<(), Failure> {
    if let Some(message) = message(set.packs(), clock::today()?) {
        console.warning(message);
    }
    Ok(())
}

fn message(packs: &[PackInfo], today: Date) -> Option<String> {
    let age = |as_of: Date| as_of.until(today).map_or(0, |span| span.get_days());
    let stale = packs
        .iter()
        .filter(|pack| pack.is_builtin)
        .filter_map(|pack| Some((pack.as_of?, pack)))
        .filter(|(as_of, _)| age(*as_of) > FRESH_DAYS);
    let stale: Vec<_> = stale.collect();
    let (as_of, oldest) = stale.iter().min_by_key(|(as_of, _)| *as_of)?;
    let which = match stale.len() {
        1 => format!("pack {}", oldest.id),
        count => format!("{count} packs, of {} first,", oldest.id),
    };
    Some(format!(
        "the facts of {which} are those of {as_of}, {} days ago: policies may have changed since; \
         kx837 policy list tells how old each pack is",
        age(*as_of)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(id: &str, as_of: Option<&str>, is_builtin: bool) -> PackInfo {
        PackInfo {
            id: id.into(),
            version: "1".into(),
            title: String::new(),
            as_of: as_of.map(|day| day.parse().unwrap()),
            is_builtin,
        }
    }

    #[test]
    fn compiled_in_packs_are_stale_after_so_many_days() {
        let packs = [
            pack("rules", None, true),
            pack("ours", Some("2020-01-01"), false),
            pack("cms", Some("2026-01-01"), true),
            pack("dme", Some("2026-06-01"), true),
        ];
        let on = |day: &str| message(&packs, day.parse().unwrap());
        assert_eq!(on("2026-09-28"), None);
        let one = on("2026-09-29").unwrap();
        assert!(
            one.starts_with("the facts of pack cms are those of 2026-01-01, 271 days ago"),
            "{one}"
        );
        assert!(on("2028-01-01").unwrap().contains("2 packs, of cms first,"));
        assert_eq!(on("2025-01-01"), None, "a clock that is wrong");
    }
}
