/** What cats are called: short, easy to say, from many languages. */
export const catNames: readonly string[] = [
  'Miso', 'Pixel', 'Luna', 'Biscuit', 'Mochi', 'Juno', 'Tofu', 'Olive', 'Nori', 'Pepper', 'Saffron', 'Felix', 'Ziggy',
  'Clover', 'Hazel', 'Otto', 'Maple', 'Kiki', 'Sesame', 'Poppy', 'Simba', 'Willow', 'Fig', 'Bruno', 'Nala', 'Pistachio',
  'Momo', 'Ginger', 'Leo', 'Plum', 'Toast', 'Yuki', 'Cosmo', 'Basil', 'Minnie', 'Waffle', 'Iris', 'Tango', 'Mika', 'Sumi',
];
