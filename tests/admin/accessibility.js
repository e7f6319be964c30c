// What the tests of accessibility ask of a page as it is drawn.
({
  // Texts that do not stand out from their ground (WCAG 2.2: 4.5, large ones 3).
  contrast() {
    const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
    const part = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    const bright = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const ground = (start) => {
      for (let one = start; one; one = one.parentElement) {
        const colour = parse(getComputedStyle(one).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    for (const one of document.querySelectorAll("body *")) {
      const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
      const box = one.getBoundingClientRect();
      const style = getComputedStyle(one);
      if (!says || box.width < 2 || box.left < -999 || style.visibility === "hidden") continue;
      if (parseFloat(style.opacity) === 0 || one.closest("svg, option, [disabled]")) continue;
      const [light, dark] = [bright(parse(style.color)), bright(ground(one))].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      const size = parseFloat(style.fontSize);
      const least = size >= 24 || (size >= 18.6 && style.fontWeight >= 600) ? 3 : 4.5;
      if (ratio < least) found.add(`${one.tagName}.${one.className} ${ratio.toFixed(2)}`);
    }
    return [...found];
  },

  // Where the keyboard stands, and whether one sees it.
  focus() {
    const one = document.activeElement;
    const box = one.getBoundingClientRect();
    const ringed = (each) => {
      if (!each) return false;
      const style = getComputedStyle(each);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    };
    const text = (one.textContent || "").trim().slice(0, 12);
    return {
      name: `${one.tagName}#${one.id}.${one.className} ${text}`,
      ringed: ringed(one) || (one.matches(".chooser") && ringed(one.nextElementSibling)),
      shown: box.width > 0 && box.height > 0 && box.right > 0,
      href: one.getAttribute("href") || "",
      body: one === document.body,
    };
  },
})
