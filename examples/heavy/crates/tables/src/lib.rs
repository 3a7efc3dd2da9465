//! Hash tables, each copy with a key type of its own.
use heavy_kit::mix;
use std::collections::{HashMap, HashSet};

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key<const N: u64>(u64, String);

fn step<const N: u64>(rounds: u64) -> u64 {
    let mut table: HashMap<Key<N>, u64> = HashMap::new();
    let mut seen: HashSet<Key<N>> = HashSet::new();
    for round in 0..rounds {
        let number = mix(N ^ round);
        let key = Key(number % 89, (number % 29).to_string());
        *table.entry(key.clone()).or_insert(N) ^= number;
        if number % 3 == 0 {
            seen.insert(key);
        }
    }
    table.retain(|key, _| !seen.contains(key));
    table
        .into_iter()
        .fold(seen.len() as u64, |sum, (key, number)| {
            sum.wrapping_add(mix(key.0 ^ number))
        })
}

heavy_kit::steps!(step; 0 1 2 3 4 5 6 7 8 9 10 11);
