//! What is printed.

/// The best time of a stage.
pub struct Row {
    pub name: &'static str,
    pub seconds: f64,
    /// The stage that this one contains or replaces: what stands between them is its own work.
    pub base: Option<usize>,
}

/// Prints the rows; the first one is the reference.
pub fn print(rows: &[Row], bytes: usize) {
    let Some(reference) = rows.first() else {
        return;
    };
    let bytes = bytes as f64;
    println!(
        "{:<34} {:>7} {:>8} {:>9} {:>7}  of",
        "stage", "GB/s", "ns/byte", "reference", "time"
    );
    for row in rows {
        let base = row.base.map_or(String::new(), |base| {
            let base = &rows[base];
            format!("{:>6.2}x  {}", row.seconds / base.seconds, base.name)
        });
        println!(
            "{:<34} {:>7.3} {:>8.3} {:>9} {base}",
            row.name,
            bytes / row.seconds / 1e9,
            row.seconds * 1e9 / bytes,
            format!("1/{:.1}", row.seconds / reference.seconds),
        );
    }
}
