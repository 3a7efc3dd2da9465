//! Sorting, searching and merging.
use heavy_kit::mix;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row<const N: u64> {
    group: u64,
    name: String,
    value: u64,
}

fn row<const N: u64>(round: u64) -> Row<N> {
    let number = mix(N ^ round);
    Row {
        group: number % 13,
        name: (number % 37).to_string(),
        value: number,
    }
}

fn step<const N: u64>(rounds: u64) -> u64 {
    let mut rows: Vec<Row<N>> = (0..rounds).map(row).collect();
    rows.sort();
    let mut by_name = rows.clone();
    by_name.sort_by(|a, b| b.name.cmp(&a.name).then(a.value.cmp(&b.value)));
    let mut by_value = rows.clone();
    by_value.sort_unstable_by_key(|row| row.value % 1009);
    rows.dedup_by_key(|row| (row.group, row.name.clone()));
    let mut heap: BinaryHeap<Reverse<Row<N>>> = by_name.into_iter().map(Reverse).collect();
    let mut sum = rows.len() as u64;
    while let Some(Reverse(row)) = heap.pop() {
        let found = by_value
            .iter()
            .position(|other| other.value == row.value)
            .is_some();
        sum = mix(sum ^ row.value ^ u64::from(found));
    }
    sum
}

heavy_kit::steps!(step; 0 1 2 3 4 5 6 7);
