// SPDX-License-Identifier: Apache-2.0
// Runs in a visited page before anything of its own: keeps frame times and long tasks; of an XR session its frames, views, pixels and answers.
// What it keeps stays inside; the page sees one frozen object that gives copies, and what reads pixels is taken before the page can put another in its place.
(() => {
  const seen = { xr: null, device: null, next: null };
  const [frames, tasks, refused] = [[], [], []];
  const MOST = 20000;
  const read = [window.WebGL2RenderingContext, window.WebGLRenderingContext].filter(Boolean).map((each) => [each, each.prototype.readPixels]);
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) tasks.push([each.startTime, each.duration]);
  }).observe({ type: "longtask", buffered: true });
  const next = window.requestAnimationFrame.bind(window);
  const tick = (now) => {
    if (frames.length < MOST) frames.push(now);
    next(tick);
  };
  next(tick);

  const renderer = () => {
    const gl = document.createElement("canvas").getContext("webgl");
    const more = gl && gl.getExtension("WEBGL_debug_renderer_info");
    return gl ? String(gl.getParameter(more ? more.UNMASKED_RENDERER_WEBGL : gl.RENDERER)) : "";
  };

  const timing = () => {
    const load = performance.getEntriesByType("navigation")[0] || {};
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return {
      origin_ms: performance.timeOrigin,
      paint_ms: paint ? paint.startTime : null,
      ready_ms: load.domContentLoadedEventEnd || null,
      loaded_ms: load.loadEventEnd || null,
      watched_ms: performance.now(),
    };
  };

  // The element that enters: named by the caller, else what the usual frameworks make, else one that says so.
  const mark = (selector) => {
    const usual = ["#VRButton", ".a-enter-vr-button", ".babylonVRicon", "#enter-vr", "#XRButton"];
    const says = /(enter|start)\s*(vr|xr)|immersive|进入|沉浸|戴上头显|开始体验/i;
    const visible = (each) => each && each.getClientRects().length > 0 && !each.disabled;
    const named = selector ? [selector] : usual;
    let found = named.map((each) => document.querySelector(each)).find(visible);
    if (!found && !selector)
      found = [...document.querySelectorAll("button, a, [role=button]")].find((each) => visible(each) && says.test(each.innerText || ""));
    if (found) found.setAttribute("data-yanshou-enter", "");
    return Boolean(found);
  };

  const wear = () => {
    if (seen.device) return;
    const device = new IWER.XRDevice(IWER.metaQuest3);
    device.stereoEnabled = true;
    device.installRuntime({ polyfillLayers: false, forceInstall: true });
    seen.device = device;
    const request = navigator.xr.requestSession.bind(navigator.xr);
    navigator.xr.requestSession = async (mode, init) => {
      try {
        const session = await request(mode, init);
        if (mode !== "inline") watch(session, mode);
        return session;
      } catch (error) {
        refused.push(String(error));
        throw error;
      }
    };
  };

  const watch = (session, mode) => {
    const xr = (seen.xr = { mode, stamps: [], least: null, most: null, handled: {}, errors: [], ended: false });
    let views = null;
    let waiting = [];
    const add = session.addEventListener.bind(session);
    const remove = session.removeEventListener.bind(session);
    const known = new Map();
    add("end", () => (xr.ended = true));
    session.addEventListener = (type, listener, options) => {
      if (!listener || !/^(select|squeeze)/.test(type)) return add(type, listener, options);
      const wrapped = function (event) {
        const key = `${(event.inputSource && event.inputSource.handedness) || "none"} ${type}`;
        try {
          const made = typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event);
          xr.handled[key] = (xr.handled[key] || 0) + 1;
          return made;
        } catch (error) {
          xr.errors.push(`${key}: ${error}`);
          throw error;
        }
      };
      known.set(listener, wrapped);
      return add(type, wrapped, options);
    };
    session.removeEventListener = (type, listener, options) => remove(type, known.get(listener) || listener, options);

    const frame = session.requestAnimationFrame.bind(session);
    session.requestAnimationFrame = (callback) =>
      frame((now, each) => {
        const pose = each.getViewerPose.bind(each);
        each.getViewerPose = (space) => {
          const found = pose(space);
          if (found) views = found.views;
          return found;
        };
        try {
          callback(now, each);
        } catch (error) {
          xr.errors.push(String(error));
          throw error;
        }
        if (xr.stamps[xr.stamps.length - 1] === now) return;
        if (xr.stamps.length < MOST) xr.stamps.push(now);
        const count = views ? views.length : 0;
        xr.least = xr.least === null ? count : Math.min(xr.least, count);
        xr.most = Math.max(xr.most || 0, count);
        const ready = waiting;
        waiting = [];
        for (const resolve of ready) resolve(pixels(session, views));
      });
    seen.next = (frames) =>
      new Promise((resolve) => {
        const count = (left) => waiting.push((found) => (left > 1 ? count(left - 1) : resolve(found)));
        count(frames);
        setTimeout(() => resolve(null), 15000);
      });
  };

  // The luminance of each view's part of the picture, right after the page has drawn it.
  const pixels = (session, views) => {
    const layer = session.renderState.baseLayer;
    if (!layer || !views) return null;
    const gl = layer.context;
    const bound = gl.getParameter(gl.FRAMEBUFFER_BINDING);
    gl.bindFramebuffer(gl.FRAMEBUFFER, layer.framebuffer);
    const found = [];
    for (const view of views) {
      const port = layer.getViewport(view);
      if (!port || !port.width || !port.height) continue;
      const raw = new Uint8Array(port.width * port.height * 4);
      read.find(([kind]) => gl instanceof kind)[1].call(gl, port.x, port.y, port.width, port.height, gl.RGBA, gl.UNSIGNED_BYTE, raw);
      const step = Math.max(1, Math.floor(Math.min(port.width, port.height) / 256));
      const grey = [];
      for (let y = 0; y < port.height; y += step)
        for (let x = 0; x < port.width; x += step) {
          const at = 4 * (y * port.width + x);
          grey.push((299 * raw[at] + 587 * raw[at + 1] + 114 * raw[at + 2]) / 1000);
        }
      found.push(Uint8Array.from(grey));
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, bound);
    return found;
  };

  const figures = (grey) => {
    let sum = 0, squares = 0, one = 0xdeadbeef, other = 0x41c6ce57;
    for (const each of grey) {
      sum += each;
      squares += each * each;
      one = Math.imul(one ^ each, 2654435761);
      other = Math.imul(other ^ each, 1597334677);
    }
    const mean = sum / grey.length;
    const digest = ((one >>> 0).toString(16).padStart(8, "0")) + ((other >>> 0).toString(16).padStart(8, "0"));
    return { mean, deviation: Math.sqrt(Math.max(0, squares / grey.length - mean * mean)), digest };
  };

  // The share of a view that changed between two pictures.
  const changed = (before, after) => {
    if (!before || !after || !before[0] || !after[0] || before[0].length !== after[0].length) return null;
    let count = 0;
    for (let at = 0; at < before[0].length; at++) if (Math.abs(before[0][at] - after[0][at]) > 12) count += 1;
    return count / before[0].length;
  };

  // Looks at both eyes, at the scene left alone, and at what a press and a movement of each hand change, over the same time.
  const exercise = async (lag) => {
    const xr = seen.xr;
    const first = await seen.next(1);
    if (!first) return { eyes: [], idle: [], hands: {} };
    const idle = [];
    const alone = async (count) => {
      for (let at = 0; at < count; at++) {
        const before = await seen.next(1);
        idle.push(changed(before, await seen.next(lag)));
      }
    };
    await alone(3);
    const hands = {};
    for (const hand of ["left", "right"]) {
      const controller = seen.device.controllers[hand];
      if (!controller) continue;
      const handled = () => Object.entries(xr.handled).reduce((sum, [key, count]) => sum + (key.startsWith(hand) ? count : 0), 0);
      const [before, calls, errors] = [await seen.next(1), handled(), xr.errors.length];
      controller.updateButtonValue("trigger", 1);
      controller.position.x += hand === "left" ? -0.12 : 0.12;
      controller.position.y += 0.12;
      const after = await seen.next(lag);
      controller.updateButtonValue("trigger", 0);
      await seen.next(2);
      controller.position.x -= hand === "left" ? -0.12 : 0.12;
      controller.position.y -= 0.12;
      await seen.next(2);
      hands[hand] = { handled: handled() - calls, errors: xr.errors.length - errors, changed: changed(before, after) };
      await alone(2);  // a scene does not move evenly: it is watched before, between and after
    }
    const last = await seen.next(1);
    return { eyes: (last || first).map(figures), idle, hands };
  };

  const session = () => {
    const { mode, least, most, errors, ended, stamps } = seen.xr;
    return { mode, least, most, errors: errors.slice(0, 20), ended, stamps: stamps.slice() };
  };
  const api = {
    timing, renderer, mark, wear, session, exercise,
    tasks: () => tasks.slice(),
    frames: () => frames.slice(),
    refused: () => refused.slice(),
    drawn: () => (seen.xr ? seen.xr.stamps.length : -1),
  };
  Object.defineProperty(window, "__yanshou", { value: Object.freeze(api), enumerable: false });
})();
