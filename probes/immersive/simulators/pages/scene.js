// SPDX-License-Identifier: Apache-2.0
// A small XR experience in plain WebGL: a hall of coloured pillars, two controllers, an object that a press lights up.
const spoilt = new URL(location.href).pathname.split("/")[2] || "";
const start = async () => {
  const scene = await (await fetch("scene.json")).json();
  const canvas = document.querySelector("canvas");
  const gl = canvas.getContext("webgl", { xrCompatible: true });
  const compile = (kind, text) => {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  };
  const program = gl.createProgram();
  compile(gl.VERTEX_SHADER, "attribute vec3 p; uniform mat4 v; uniform mat4 q; uniform vec3 o; uniform vec3 s; varying vec3 w; void main() { w = p; gl_Position = q * v * vec4(p * s + o, 1.0); }");
  compile(gl.FRAGMENT_SHADER, "precision mediump float; uniform vec3 c; varying vec3 w; void main() { gl_FragColor = vec4(c * (0.55 + 0.45 * (w.x + w.y + w.z)), 1.0); }");
  gl.linkProgram(program);
  gl.useProgram(program);
  const cube = [];
  const corner = (at) => [(at & 1) - 0.5, ((at >> 1) & 1) - 0.5, ((at >> 2) & 1) - 0.5];
  for (const [a, b, c, d] of [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 4, 5], [2, 3, 6, 7], [0, 2, 4, 6], [1, 3, 5, 7]])
    for (const at of [a, b, c, b, d, c]) cube.push(...corner(at));
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(cube), gl.STATIC_DRAW);
  const place = (name) => gl.getUniformLocation(program, name);
  const at = gl.getAttribLocation(program, "p");
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, 3, gl.FLOAT, false, 0, 0);
  gl.enable(gl.DEPTH_TEST);
  const box = (o, s, c) => {
    gl.uniform3fv(place("o"), o);
    gl.uniform3fv(place("s"), s);
    gl.uniform3fv(place("c"), c);
    gl.drawArrays(gl.TRIANGLES, 0, 36);
  };
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const outside = [1, 0, 0, 0, 0, 1.6, 0, 0, 0, 0, -1, -1, 0, 0, -0.2, 0];
  const draw = (view, projection, hands, lit) => {
    if (spoilt === "black") return;
    gl.uniformMatrix4fv(place("v"), false, view);
    gl.uniformMatrix4fv(place("q"), false, projection);
    box([0, -0.1, -4], [12, 0.2, 12], [0.35, 0.4, 0.45]);
    for (const [x, z, height, ...colour] of scene.pillars) box([x, height / 2, z], [0.5, height, 0.5], colour);
    box([0, 1.6, -2], [0.35, 0.35, 0.35], lit ? [1, 0.95, 0.3] : [0.3, 0.3, 0.7]);
    for (const each of hands) box([each.x, each.y, each.z - 0.3], [0.06, 0.06, 0.5], [0.9, 0.3, 0.2]);
  };
  const clear = () => {
    gl.clearColor(...(spoilt === "black" ? [0, 0, 0] : scene.sky), 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  };
  gl.viewport(0, 0, canvas.width, canvas.height);
  clear();
  draw(identity, outside, [], false);
  if (spoilt === "slow") for (const until = performance.now() + 400; performance.now() < until; ) ;
  if (spoilt === "error") throw new Error("the exhibit is out of order");
  const button = document.querySelector("button");
  if (!button || !navigator.xr) return;
  button.disabled = false;
  button.onclick = async () => {
    if (spoilt === "closed") return;
    const session = await navigator.xr.requestSession("immersive-vr", { optionalFeatures: ["local-floor"] });
    const layer = new XRWebGLLayer(session, gl);
    session.updateRenderState({ baseLayer: layer });
    const space = await session.requestReferenceSpace("local-floor");
    let lit = 0;
    if (spoilt !== "dead") {
      session.addEventListener("selectstart", () => (lit += 1));
      session.addEventListener("selectend", () => (lit -= 1));
    }
    const frame = (now, each) => {
      session.requestAnimationFrame(frame);
      const pose = each.getViewerPose(space);
      gl.bindFramebuffer(gl.FRAMEBUFFER, layer.framebuffer);
      clear();
      if (!pose) return;
      const hands = [];
      if (spoilt !== "dead")
        for (const source of session.inputSources) {
          const held = source.gripSpace && each.getPose(source.gripSpace, space);
          if (held) hands.push(held.transform.position);
        }
      for (const view of pose.views) {
        if (spoilt === "one-eyed" && view.eye === "right") continue;
        const port = layer.getViewport(view);
        gl.viewport(port.x, port.y, port.width, port.height);
        draw(view.transform.inverse.matrix, view.projectionMatrix, hands, lit > 0);
      }
    };
    session.requestAnimationFrame(frame);
  };
};
start();
