from rediff_viz.training import main

raise SystemExit(main())
